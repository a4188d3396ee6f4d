#include <cmath>

#include "block_sums.hpp"
#include "cuda_backend.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;

// A block per row; both sums from one pass.
__global__ __launch_bounds__(kBlock) void add_differences(MatrixView<const double> a,
                                                          MatrixView<const double> b,
                                                          MatrixView<double> out) {
  CUPEL_SHARED(double, shared, kBlock);
  const double* x = a.row(blockIdx.x);
  const double* y = b.row(blockIdx.x);
  double absolute = 0.0;
  double squared = 0.0;
#pragma unroll 4
  for (std::int64_t k = threadIdx.x; k < a.cols; k += kBlock) {
    const double difference = x[k] - y[k];
    absolute += std::fabs(difference);
    squared += difference * difference;
  }
  absolute = block_sum<kBlock>(absolute, shared);
  squared = block_sum<kBlock>(squared, shared);
  if (threadIdx.x == 0) {
    out(blockIdx.x, 0) = absolute;
    out(blockIdx.x, 1) = squared;
  }
}

}  // namespace

Matrix<double> CudaBackend::row_differences(MatrixView<const double> a,
                                            MatrixView<const double> b) {
  auto out = make_device_matrix<double>(*memory_, a.rows, 2);
  launch(stream_, add_differences, static_cast<unsigned>(a.rows), kBlock, 0, a, b, out.view());
  return out;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
