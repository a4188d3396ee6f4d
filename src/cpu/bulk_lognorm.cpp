#include "cupel/math/bulk.hpp"

#include "cpu/cpu_backend.hpp"
#include "cpu/lane_sum.hpp"
#include "cupel/multiversion.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

CUPEL_MULTIVERSION void normalise(const double* sums, std::int64_t n, double target_sum,
                                  double* out) {
  const double total = lane_sum(n, [&](std::int64_t k) { return sums[k]; });
  const double scale = math::bulk_scale(total, target_sum);
  for (std::int64_t k = 0; k < n; ++k) out[k] = math::bulk_lognorm(sums[k], scale);
}

}  // namespace

Matrix<double> CpuBackend::bulk_lognorm(MatrixView<const double> sums, double target_sum) {
  auto result = make_host_matrix<double>(sums.rows, sums.cols);
  const auto out = result.view();
  for_each_chunk(sums.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      normalise(sums.row(row), sums.cols, target_sum, out.row(row));
    }
  });
  return result;
}

}  // namespace cupel
