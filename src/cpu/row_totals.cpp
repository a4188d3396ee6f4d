#include "cpu/cpu_backend.hpp"
#include "cpu/lane_sum.hpp"
#include "cupel/math/expression.hpp"
#include "cupel/multiversion.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kRowsPerTask = 256;

CUPEL_MULTIVERSION std::uint64_t sum_counts(const std::uint16_t* values, std::int64_t n) {
  std::uint64_t total = 0;
  for (std::int64_t k = 0; k < n; ++k) total += values[k];
  return total;
}

template <typename Value>
CUPEL_MULTIVERSION double sum_values(const Value* values, std::int64_t n) {
  return lane_sum(n, [&](std::int64_t k) { return static_cast<double>(values[k]); });
}

// Whole counts add up exactly in any order; other values are added in double.
double counts_total(const std::uint16_t* values, std::int64_t n) {
  return static_cast<double>(sum_counts(values, n));
}
template <typename Value>
double counts_total(const Value* values, std::int64_t n) {
  return sum_values(values, n);
}

template <typename Value>
CUPEL_MULTIVERSION double lognorm_total(const Value* values, std::int64_t n) {
  return lane_sum(
      n, [&](std::int64_t k) { return math::linear_lognorm(static_cast<double>(values[k])); });
}

}  // namespace

Matrix<double> CpuBackend::row_totals(CellsView cells, InputType input) {
  auto totals = make_host_matrix<double>(cells.rows, 1);
  double* out = totals.view().data;
  visit(cells, [&](const auto& typed) {
    for_each_chunk(typed.rows, kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const auto* values = typed.values + typed.row_begin[row];
        out[row] = input == InputType::kCounts ? counts_total(values, typed.row_length[row])
                                               : lognorm_total(values, typed.row_length[row]);
      }
    });
  });
  return totals;
}

}  // namespace cupel
