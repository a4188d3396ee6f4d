#include "data/input_survey.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "cupel/error.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kPiece = std::int64_t{256} << 20;  // bytes
constexpr std::int64_t kCellsSurveyed = 500;
constexpr double kValueTolerance = 1e-3;
constexpr double kTotalTolerance = 1e-6;

std::vector<std::int64_t> every_row(const Screen& screen) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(screen.n_cells()));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  return rows;
}

// Hands the rows on in pieces that fit, until `use` says that it has seen enough.
void read_in_pieces(Screen& screen, std::span<const std::int64_t> rows, std::int64_t memory,
                    const std::function<bool(const Cells&)>& use) {
  const auto pieces =
      screen.bytes_to_read(rows) / std::max<std::int64_t>(1, std::min(memory, kPiece)) + 1;
  const auto most = static_cast<std::size_t>((std::ssize(rows) + pieces - 1) / pieces);
  for (std::size_t first = 0; first < rows.size(); first += most) {
    if (!use(screen.read(rows.subspan(first, std::min(most, rows.size() - first))).cells)) return;
  }
}

bool holds_fractions(const Cells& cells) {
  return visit(cells.view(), []<typename Gene, typename Value>(TypedCells<Gene, Value> typed) {
    if constexpr (std::is_floating_point_v<Value>) {
      for (std::int64_t row = 0; row < typed.rows; ++row) {
        const Value* first = typed.values + typed.row_begin[row];
        // In the file's precision. Infinity is no fraction; a NaN is, and is refused when read.
        if (std::any_of(first, first + typed.row_length[row], [](Value value) {
              return value - std::trunc(value) > static_cast<Value>(kValueTolerance) ||
                     std::isnan(value);
            })) {
          return true;
        }
      }
    }
    return false;
  });
}

}  // namespace

InputType guess_input(Screen& screen, InputGuess rule, std::int64_t memory) {
  auto rows = every_row(screen);
  bool fractions = false;
  if (rule == InputGuess::kValues) {
    read_in_pieces(screen, rows, memory, [&](const Cells& cells) {
      fractions = holds_fractions(cells);
      return !fractions;
    });
  } else {
    const auto n = std::ssize(rows);
    if (n > kCellsSurveyed) {
      rows.clear();
      for (std::int64_t i = 0; i < kCellsSurveyed; ++i) rows.push_back(i * n / kCellsSurveyed);
    }
    for (const double total : totals_of(screen, rows, memory)) {
      fractions |= !(std::abs(total - std::rint(total)) <= kTotalTolerance);
    }
  }
  return fractions ? InputType::kLognorm : InputType::kCounts;
}

std::vector<double> totals_of(Screen& screen, std::span<const std::int64_t> rows,
                              std::int64_t memory) {
  std::vector<double> totals;
  read_in_pieces(screen, rows, memory, [&](const Cells& cells) {
    visit(cells.view(), [&](auto typed) {
      for (std::int64_t row = 0; row < typed.rows; ++row) {
        double total = 0.0;
        const auto first = typed.row_begin[row];
        for (auto at = first; at < first + typed.row_length[row]; ++at) {
          total += static_cast<double>(typed.values[at]);
        }
        totals.push_back(total);
      }
    });
    return true;
  });
  return totals;
}

}  // namespace cupel
