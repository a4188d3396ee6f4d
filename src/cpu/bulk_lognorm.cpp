#include "cupel/math/bulk.hpp"

#include "cpu/cpu_backend.hpp"
#include "cpu/lane_sum.hpp"
#include "parallel/parallel.hpp"

namespace cupel {

Matrix<double> CpuBackend::bulk_lognorm(MatrixView<const double> sums, double target_sum) {
  auto result = make_host_matrix<double>(sums.rows, sums.cols);
  const auto out = result.view();
  for_each_chunk(sums.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const double* from = sums.row(row);
      const double total = lane_sum(sums.cols, [&](std::int64_t col) { return from[col]; });
      const double scale = math::bulk_scale(total, target_sum);
      for (std::int64_t col = 0; col < sums.cols; ++col) {
        out(row, col) = math::bulk_lognorm(from[col], scale);
      }
    }
  });
  return result;
}

}  // namespace cupel
