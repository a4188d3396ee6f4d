#include "support/small_screen.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <stdexcept>

namespace cupel::test {
namespace {

constexpr std::int64_t kGenes = 60;
constexpr std::int64_t kChanged = 30;  // genes that a perturbation moves
constexpr double kDepth = 900;
constexpr std::size_t kSilent[] = {57, 59};  // genes that no cell expresses
constexpr auto kControl = "non-targeting";

using Random = std::mt19937_64;

std::vector<double> baseline() {
  Random random(1);
  std::normal_distribution<double> log_rate(0.0, 1.1);
  std::vector<double> rates;
  for (std::int64_t gene = 0; gene < kGenes; ++gene) rates.push_back(std::exp(log_rate(random)));
  for (const auto gene : kSilent) rates[gene] = 0;
  return rates;
}

void change(std::vector<double>& rates, std::int64_t own, double effect, std::uint64_t seed) {
  Random random(seed);
  std::uniform_int_distribution<std::size_t> gene(0, kGenes - 1);
  std::uniform_real_distribution<double> size(0.5, 1.5);
  for (std::int64_t k = 0; k < kChanged; ++k) {
    const double sign = k % 2 == 0 ? 1.0 : -1.0;
    rates[gene(random)] *= std::exp2(sign * effect * size(random));
  }
  if (effect > 0) rates[static_cast<std::size_t>(own)] *= 0.1;
}

void add_cells(SmallScreen& screen, const std::string& label, int n, std::vector<double> rates,
               Random& random) {
  double sum = 0;
  for (const double rate : rates) sum += rate;
  std::lognormal_distribution<double> size(0.0, 0.4);
  for (int cell = 0; cell < n; ++cell) {
    screen.labels.push_back(label);
    const double depth = kDepth * size(random);
    for (const double rate : rates) {
      screen.values.push_back(
          static_cast<double>(std::poisson_distribution<int>(rate / sum * depth)(random)));
    }
  }
}

}  // namespace

double SmallScreen::total(std::int64_t cell) const {
  double sum = 0;
  for (std::int64_t gene = 0; gene < n_genes(); ++gene) {
    sum += values[static_cast<std::size_t>(cell * n_genes() + gene)];
  }
  return sum;
}

std::int64_t SmallScreen::first_cell(const std::string& label) const {
  return std::ranges::find(labels, label) - labels.begin();
}

void SmallScreen::keep_cells(const std::vector<std::int64_t>& cells) {
  SmallScreen kept{genes, {}, {}, {}};
  for (const auto cell : cells) {
    kept.labels.push_back(labels[static_cast<std::size_t>(cell)]);
    if (!contexts.empty()) kept.contexts.push_back(contexts[static_cast<std::size_t>(cell)]);
    const auto from = values.begin() + cell * n_genes();
    kept.values.insert(kept.values.end(), from, from + n_genes());
  }
  *this = std::move(kept);
}

void SmallScreen::keep_genes(const std::vector<std::int64_t>& genes_kept) {
  SmallScreen kept{{}, labels, contexts, {}};
  for (const auto gene : genes_kept) kept.genes.push_back(genes[static_cast<std::size_t>(gene)]);
  for (std::int64_t cell = 0; cell < n_cells(); ++cell) {
    for (const auto gene : genes_kept) kept.values.push_back(value(cell, gene));
  }
  *this = std::move(kept);
}

void SmallScreen::drop_label(const std::string& label) {
  std::vector<std::int64_t> kept;
  for (std::int64_t cell = 0; cell < n_cells(); ++cell) {
    if (labels[static_cast<std::size_t>(cell)] != label) kept.push_back(cell);
  }
  keep_cells(kept);
}

void SmallScreen::rename(const std::string& label, const std::string& to) {
  std::ranges::replace(labels, label, to);
}

void SmallScreen::to_lognorm() {
  for (std::int64_t cell = 0; cell < n_cells(); ++cell) {
    const double sum = total(cell);
    for (std::int64_t gene = 0; gene < n_genes(); ++gene) {
      double& x = value(cell, gene);
      x = static_cast<float>(std::log1p(sum > 0 ? x / (sum / 1e6) : 0.0));
    }
  }
}

SmallScreen make_small_screen(const SmallScreenOptions& options) {
  struct Group {
    std::int64_t own;
    int cells;
  };
  constexpr Group kPerturbations[] = {{3, 16}, {10, 18}, {25, 20}, {41, 22}};
  SmallScreen screen;
  for (std::int64_t gene = 0; gene < kGenes; ++gene) {
    screen.genes.push_back(fmt::format("G{:03}", gene));
  }
  Random random(options.draw);
  const auto rates = baseline();
  for (int context = 0; context < options.contexts; ++context) {
    add_cells(screen, kControl, 40, rates, random);
    for (const auto& [own, cells] : kPerturbations) {
      auto changed = rates;
      change(changed, own, options.effect, static_cast<std::uint64_t>(own * 100 + context));
      add_cells(screen, screen.genes[static_cast<std::size_t>(own)], cells, changed, random);
    }
    if (options.contexts > 1)
      screen.contexts.resize(screen.labels.size(), fmt::format("line{}", context));
  }
  std::vector<std::int64_t> order(screen.labels.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  std::ranges::shuffle(order, random);
  screen.keep_cells(order);
  return screen;
}

std::vector<Triplet> entries_of(const SmallScreen& screen) {
  std::vector<Triplet> entries;
  for (std::int64_t cell = 0; cell < screen.n_cells(); ++cell) {
    for (std::int64_t gene = 0; gene < screen.n_genes(); ++gene) {
      const double value = screen.values[static_cast<std::size_t>(cell * screen.n_genes() + gene)];
      if (value != 0) entries.push_back({cell, gene, value});
    }
  }
  return entries;
}

void write_screen(const std::string& path, const SmallScreen& screen, const Layout& layout) {
  write_screen(path, screen, entries_of(screen), layout);
}

void write_screen(const std::string& path, const SmallScreen& screen,
                  const std::vector<Triplet>& entries, const Layout& layout) {
  TinyH5ad file(path, screen.n_cells(), screen.n_genes());
  if (layout.kind == "dense") {
    file.add_dense("X", entries, layout.storage);
  } else {
    file.add_sparse("X", layout.kind, entries, layout.storage);
  }
  const auto add_column = [&](const std::string& name, const std::vector<std::string>& labels) {
    const std::set<std::string> known(labels.begin(), labels.end());
    std::vector<std::string> categories(known.begin(), known.end());
    std::erase(categories, SmallScreen::kNoLabel);
    std::vector<std::int64_t> codes;
    for (const auto& label : labels) {
      const auto found = std::ranges::find(categories, label);
      codes.push_back(found == categories.end() ? -1 : found - categories.begin());
    }
    file.add_categorical(name, categories, codes);
  };
  add_column("target", screen.labels);
  if (!screen.contexts.empty()) add_column("line", screen.contexts);
  for (const auto& [name, labels] : screen.more) add_column(name, labels);
  H5Ldelete(file.id(), "var/_index", H5P_DEFAULT);
  write_texts(file.id(), "var/_index", screen.genes);
}

void overwrite_first_chunk(const std::string& path, const std::string& dataset) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t opened = H5Dopen2(file, dataset.c_str(), H5P_DEFAULT);
  const std::string noise(64, '\x5a');
  const hsize_t offset[2] = {0, 0};
  const bool written =
      H5Dwrite_chunk(opened, H5P_DEFAULT, 0, offset, noise.size(), noise.data()) >= 0;
  H5Dclose(opened);
  H5Fclose(file);
  if (!written) throw std::runtime_error("small_screen: " + path + " has no chunk to overwrite");
}

}  // namespace cupel::test
