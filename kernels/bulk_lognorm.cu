#include "cupel/math/bulk.hpp"

#include "block_sums.hpp"
#include "cuda_backend.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;

// A block per row: its total, then its elements.
__global__ __launch_bounds__(kBlock) void normalise_rows(MatrixView<const double> sums,
                                                         double target_sum,
                                                         MatrixView<double> out) {
  CUPEL_SHARED(double, shared, kBlock);
  const double* in = sums.row(blockIdx.x);
  double* to = out.row(blockIdx.x);
  const double total =
      block_sum_of<kBlock>(sums.cols, shared, [&](std::int64_t k) { return in[k]; });
  const double scale = math::bulk_scale(total, target_sum);
  for (std::int64_t k = threadIdx.x; k < sums.cols; k += kBlock) {
    to[k] = math::bulk_lognorm(in[k], scale);
  }
}

}  // namespace

Matrix<double> CudaBackend::bulk_lognorm(MatrixView<const double> sums, double target_sum) {
  auto out = make_device_matrix<double>(*memory_, sums.rows, sums.cols);
  launch(stream_, normalise_rows, static_cast<unsigned>(sums.rows), kBlock, 0, sums, target_sum,
         out.view());
  return out;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
