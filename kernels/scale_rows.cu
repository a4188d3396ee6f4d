#include "cuda_backend.hpp"
#include "launch.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;

// A thread per element, blocks striding over all.
__global__ void scale_each_row(MatrixView<const double> a, const double* factor,
                               MatrixView<double> out) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
       i < a.size(); i += stride) {
    out.data[i] = a.data[i] * factor[i / a.cols];
  }
}

}  // namespace

Matrix<double> CudaBackend::scale_rows(MatrixView<const double> a, std::span<const double> factor) {
  auto out = make_device_matrix<double>(*memory_, a.rows, a.cols);
  const auto factors = to_device(factor);
  launch(stream_, scale_each_row, blocks_for(a.size(), kBlock), kBlock, 0, a, factors.data(),
         out.view());
  return out;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
