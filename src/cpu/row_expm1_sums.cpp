#include "cpu/cpu_backend.hpp"
#include "cpu/lane_sum.hpp"
#include "cupel/math/expm1.hpp"
#include "cupel/multiversion.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

CUPEL_MULTIVERSION double expm1_sum(const double* x, std::int64_t n) {
  return lane_sum(n, [&](std::int64_t k) { return math::expm1(x[k]); });
}

}  // namespace

Matrix<double> CpuBackend::row_expm1_sums(MatrixView<const double> a) {
  auto result = make_host_matrix<double>(a.rows, 1);
  double* out = result.view().data;
  for_each_chunk(a.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      out[row] = expm1_sum(a.row(row), a.cols);
    }
  });
  return result;
}

}  // namespace cupel
