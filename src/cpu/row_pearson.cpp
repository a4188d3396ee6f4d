#include <algorithm>
#include <cmath>

#include "cpu/cpu_backend.hpp"
#include "cpu/lane_sum.hpp"
#include "cupel/math/pearson.hpp"
#include "cupel/multiversion.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

CUPEL_MULTIVERSION double sum(const double* x, std::int64_t n) {
  return lane_sum(n, [&](std::int64_t k) { return x[k]; });
}

CUPEL_MULTIVERSION double centred_product(const double* x, double mean_x, const double* y,
                                          double mean_y, std::int64_t n) {
  return lane_sum(n, [&](std::int64_t k) { return (x[k] - mean_x) * (y[k] - mean_y); });
}

// A rounded mean leaves a constant row a variance just above 0, so constancy is asked outright.
bool constant(const double* x, std::int64_t n) {
  return std::all_of(x, x + n, [&](double value) { return value == x[0]; });
}

}  // namespace

Matrix<double> CpuBackend::row_pearson(MatrixView<const double> a, MatrixView<const double> b) {
  auto result = make_host_matrix<double>(a.rows, 1);
  double* out = result.view().data;
  const std::int64_t n = a.cols;
  for_each_chunk(a.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const double* x = a.row(row);
      const double* y = b.row(row);
      if (constant(x, n) || constant(y, n)) {
        out[row] = std::nan("");
        continue;
      }
      const double mean_x = sum(x, n) / static_cast<double>(n);
      const double mean_y = sum(y, n) / static_cast<double>(n);
      out[row] = math::pearson(centred_product(x, mean_x, y, mean_y, n),
                               centred_product(x, mean_x, x, mean_x, n),
                               centred_product(y, mean_y, y, mean_y, n));
    }
  });
  return result;
}

}  // namespace cupel
