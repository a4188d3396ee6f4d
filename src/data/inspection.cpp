#include "data/inspection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <string_view>

#include "cupel/error.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kSampledCells = 500;

std::string lower(std::string_view text) {
  std::string result(text);
  for (auto& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// How the field names its controls, most telling first.
constexpr std::array<std::string_view, 14> kControlLabels = {
    "non-targeting", "non_targeting", "nontargeting", "non-targeting control",
    "control",       "ctrl",          "nt",           "ntc",
    "dmso",          "dmso_tf",       "vehicle",      "negctrl",
    "untreated",     "mock"};

// Words in the names of columns that hold the perturbation, and how telling they are.
struct Word {
  std::string_view text;
  double weight;
};
constexpr std::array<Word, 10> kColumnWords = {{{"target_gene", 3.0},
                                                {"target", 2.5},
                                                {"perturbation", 2.5},
                                                {"pert", 2.0},
                                                {"condition", 1.5},
                                                {"guide", 1.5},
                                                {"drug", 1.5},
                                                {"compound", 1.5},
                                                {"treatment", 1.5},
                                                {"gene", 1.0}}};

std::string control_label(const Column& column) {
  for (const auto known : kControlLabels) {
    for (const auto& label : column.categories) {
      if (lower(label) == known) return label;
    }
  }
  return "";
}

double likelihood(const Column& column, const std::string& control) {
  const auto n_labels = std::ssize(column.categories);
  if (n_labels < 2 || n_labels * 2 > std::ssize(column.codes)) return 0.0;
  double score = control.empty() ? 0.0 : 3.0;
  double word = 0.0;
  for (const auto& [text, weight] : kColumnWords) {
    if (lower(column.name).find(text) != std::string::npos) word = std::max(word, weight);
  }
  // Among columns that look alike, the one with more labels is the finer description.
  return score + word + 0.1 * std::log10(static_cast<double>(n_labels));
}

// A column that cannot label cells is shown too, without labels.
Column read_if_possible(Screen& screen, const std::string& name) {
  try {
    return screen.obs(name);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) throw;
    return {.name = name, .type = "cannot be read", .categories = {}, .codes = {}};
  }
}

}  // namespace

std::string ScaleSample::verdict() const {
  if (any_nan) return "holds NaN; no scorer can use it";
  if (largest == 0.0) return "all zero";
  if (smallest < 0.0) return "something else: holds negative values";
  if (whole_numbers) return "counts";
  if (largest < 20.0) return "lognorm (log1p of normalised counts), by its range";
  return "something else: fractional and beyond the range of log1p; normalised, not logged?";
}

std::vector<ColumnGuess> guess_perturbation_columns(Screen& screen) {
  std::vector<ColumnGuess> guesses;
  for (const auto& name : screen.obs_names()) {
    ColumnGuess guess{.column = read_if_possible(screen, name), .control = {}, .likelihood = 0.0};
    guess.control = control_label(guess.column);
    guess.likelihood = likelihood(guess.column, guess.control);
    guesses.push_back(std::move(guess));
  }
  std::ranges::stable_sort(guesses, std::greater<>{}, &ColumnGuess::likelihood);
  return guesses;
}

ScaleSample sample_scale(Screen& screen) {
  ScaleSample sample;
  const auto n = screen.n_cells();
  sample.cells = std::min(n, kSampledCells);
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < sample.cells; ++i) rows.push_back(i * n / sample.cells);
  const auto loaded = screen.read(rows);
  std::vector<double> totals;
  std::int64_t stored = 0;
  bool first = true;
  visit(loaded.cells.view(), [&](auto cells) {
    for (std::int64_t row = 0; row < cells.rows; ++row) {
      double total = 0.0;
      for (auto at = cells.row_begin[row]; at < cells.row_begin[row] + cells.row_length[row];
           ++at) {
        const auto value = static_cast<double>(cells.values[at]);
        total += value;
        sample.any_nan |= std::isnan(value);
        sample.whole_numbers &= value == std::floor(value);
        sample.smallest = first ? value : std::min(sample.smallest, value);
        sample.largest = first ? value : std::max(sample.largest, value);
        first = false;
      }
      stored += cells.row_length[row];
      totals.push_back(total);
    }
  });
  if (!totals.empty()) {
    std::ranges::sort(totals);
    sample.median_total = totals[totals.size() / 2];
    sample.share_nonzero = static_cast<double>(stored) / static_cast<double>(sample.cells) /
                           static_cast<double>(std::max<std::size_t>(1, screen.genes().size()));
  }
  return sample;
}

}  // namespace cupel
