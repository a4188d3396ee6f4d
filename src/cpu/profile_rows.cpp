#include "cpu/profile_rows.hpp"

#include <algorithm>
#include <cmath>

#include "cpu/lane_sum.hpp"
#include "cupel/multiversion.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

CUPEL_MULTIVERSION double largest(const double* x, std::int64_t n) {
  constexpr std::int64_t kLanes = 8;
  double lane[kLanes] = {};
  const auto take = [&](std::int64_t k, std::int64_t l) {
    const double size = std::fabs(math::finite_or_zero(x[k]));
    lane[l] = size > lane[l] ? size : lane[l];
  };
  std::int64_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) take(k + l, l);
  }
  for (std::int64_t l = 0; k + l < n; ++l) take(k + l, l);
  return *std::max_element(lane, lane + kLanes);
}

CUPEL_MULTIVERSION math::ProfileRow facts_of(const double* x, std::int64_t n) {
  math::ProfileRow row;
  row.largest = largest(x, n);
  for (std::int64_t k = 0; k < n; ++k) {
    row.nan += x[k] != x[k] ? 1 : 0;
    row.infinite += std::fabs(x[k]) > 0x1.fffffffffffffp1023 ? 1 : 0;
    row.nonzero += x[k] != 0.0 ? 1 : 0;
  }
  const double scale = row.scale = math::unit_scale(row.largest);
  row.l1 =
      lane_sum(n, [&](std::int64_t k) { return std::fabs(math::finite_or_zero(x[k]) * scale); });
  row.l1 /= scale;
  row.norm = std::sqrt(lane_sum(n, [&](std::int64_t k) {
    const double value = math::finite_or_zero(x[k]) * scale;
    return value * value;
  }));
  return row;
}

}  // namespace

ProfileRows::ProfileRows(MatrixView<const double> view)
    : values(view), rows(static_cast<std::size_t>(view.rows)) {
  for_each_chunk(view.rows, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      rows[static_cast<std::size_t>(row)] = facts_of(view.row(row), view.cols);
    }
  });
}

}  // namespace cupel
