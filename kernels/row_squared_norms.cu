#include "block_sums.hpp"
#include "cuda_backend.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;

// A block per row.
__global__ __launch_bounds__(kBlock) void add_squares(MatrixView<const double> a, double* out) {
  CUPEL_SHARED(double, shared, kBlock);
  const double* x = a.row(blockIdx.x);
  const double sum =
      block_sum_of<kBlock>(a.cols, shared, [&](std::int64_t k) { return x[k] * x[k]; });
  if (threadIdx.x == 0) out[blockIdx.x] = sum;
}

}  // namespace

Matrix<double> CudaBackend::row_squared_norms(MatrixView<const double> a) {
  auto out = make_device_matrix<double>(*memory_, a.rows, 1);
  launch(stream_, add_squares, static_cast<unsigned>(a.rows), kBlock, 0, a, out.view().data);
  return out;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
