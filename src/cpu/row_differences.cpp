#include <cmath>

#include "cpu/cpu_backend.hpp"
#include "cpu/lane_sum.hpp"
#include "cupel/multiversion.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

CUPEL_MULTIVERSION double absolute_difference(const double* a, const double* b, std::int64_t n) {
  return lane_sum(n, [&](std::int64_t k) { return std::fabs(a[k] - b[k]); });
}

CUPEL_MULTIVERSION double squared_difference(const double* a, const double* b, std::int64_t n) {
  return lane_sum(n, [&](std::int64_t k) { return (a[k] - b[k]) * (a[k] - b[k]); });
}

}  // namespace

Matrix<double> CpuBackend::row_differences(MatrixView<const double> a, MatrixView<const double> b) {
  auto result = make_host_matrix<double>(a.rows, 2);
  const auto out = result.view();
  for_each_chunk(a.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      out(row, 0) = absolute_difference(a.row(row), b.row(row), a.cols);
      out(row, 1) = squared_difference(a.row(row), b.row(row), a.cols);
    }
  });
  return result;
}

}  // namespace cupel
