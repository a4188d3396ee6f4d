#include "models/exact_shift.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include "parallel/parallel.hpp"

namespace cupel::models {
namespace {

constexpr std::int64_t kGenesAtATime = 64;

}  // namespace

double exact_shift(std::span<const double> values, double target) {
  if (values.empty() || !(target >= 0.0)) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted, std::greater<>());
  if (target == 0.0) return -sorted.front();
  // With the k greatest above zero the sum is (their sum) + k s; it must keep the next at or below.
  const double wanted = target * static_cast<double>(values.size());
  double sum = 0.0;
  double shift = 0.0;
  for (std::size_t k = 0; k < sorted.size(); ++k) {
    sum += sorted[k];
    shift = (wanted - sum) / static_cast<double>(k + 1);
    if (k + 1 == sorted.size() || sorted[k + 1] + shift <= 0.0) break;
  }
  return shift;
}

Matrix<double> shifted_cells(MatrixView<const double> control, std::span<const double> profile) {
  auto cells = make_host_matrix<double>(control.rows, control.cols);
  for_each_chunk(control.cols, kGenesAtATime, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> values(static_cast<std::size_t>(control.rows));
    for (auto gene = begin; gene < end; ++gene) {
      for (std::int64_t cell = 0; cell < control.rows; ++cell) {
        values[static_cast<std::size_t>(cell)] = control(cell, gene);
      }
      const double shift =
          exact_shift(values, std::max(0.0, profile[static_cast<std::size_t>(gene)]));
      for (std::int64_t cell = 0; cell < control.rows; ++cell) {
        cells.view()(cell, gene) = std::max(0.0, control(cell, gene) + shift);
      }
    }
  });
  return cells;
}

}  // namespace cupel::models
