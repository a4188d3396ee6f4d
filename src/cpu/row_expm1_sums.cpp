#include <cmath>

#include "cpu/cpu_backend.hpp"
#include "cpu/lane_sum.hpp"
#include "parallel/parallel.hpp"

namespace cupel {

Matrix<double> CpuBackend::row_expm1_sums(MatrixView<const double> a) {
  auto result = make_host_matrix<double>(a.rows, 1);
  double* out = result.view().data;
  for_each_chunk(a.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const double* x = a.row(row);
      out[row] = lane_sum(a.cols, [&](std::int64_t col) { return std::expm1(x[col]); });
    }
  });
  return result;
}

}  // namespace cupel
