#include "cupel/math/pearson.hpp"

#include "block_sums.hpp"
#include "cuda_backend.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;

// A block per row, which reads its two rows twice: for the means, then for the centred sums.
__global__ __launch_bounds__(kBlock) void correlate_rows(MatrixView<const double> a,
                                                         MatrixView<const double> b, double* out) {
  CUPEL_SHARED(double, shared, kBlock);
  const std::int64_t n = a.cols;
  const double* x = a.row(blockIdx.x);
  const double* y = b.row(blockIdx.x);

  // A rounded mean leaves a constant row a variance just above 0, so constancy is asked outright.
  double mean_x = 0.0;
  double mean_y = 0.0;
  int constant_x = 1;
  int constant_y = 1;
#pragma unroll 4
  for (std::int64_t k = threadIdx.x; k < n; k += kBlock) {
    mean_x += x[k];
    mean_y += y[k];
    constant_x &= x[k] == x[0] ? 1 : 0;
    constant_y &= y[k] == y[0] ? 1 : 0;
  }
  constant_x = __syncthreads_and(constant_x);
  constant_y = __syncthreads_and(constant_y);
  if (constant_x != 0 || constant_y != 0) {  // the same in every thread
    if (threadIdx.x == 0) out[blockIdx.x] = math::quiet_nan();
    return;
  }
  mean_x = block_sum<kBlock>(mean_x, shared) / static_cast<double>(n);
  mean_y = block_sum<kBlock>(mean_y, shared) / static_cast<double>(n);

  double sxy = 0.0;
  double sxx = 0.0;
  double syy = 0.0;
#pragma unroll 4
  for (std::int64_t k = threadIdx.x; k < n; k += kBlock) {
    const double dx = x[k] - mean_x;
    const double dy = y[k] - mean_y;
    sxy += dx * dy;
    sxx += dx * dx;
    syy += dy * dy;
  }
  sxy = block_sum<kBlock>(sxy, shared);
  sxx = block_sum<kBlock>(sxx, shared);
  syy = block_sum<kBlock>(syy, shared);
  if (threadIdx.x == 0) out[blockIdx.x] = math::pearson(sxy, sxx, syy);
}

}  // namespace

Matrix<double> CudaBackend::row_pearson(MatrixView<const double> a, MatrixView<const double> b) {
  auto out = make_device_matrix<double>(*memory_, a.rows, 1);
  launch(stream_, correlate_rows, static_cast<unsigned>(a.rows), kBlock, 0, a, b, out.view().data);
  return out;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
