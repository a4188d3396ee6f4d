#include "block_sums.hpp"
#include "cuda_backend.hpp"
#include "launch.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;
constexpr int kRowsPerBlock = kBlock / kWarp;

// A warp per row.
__global__ void __launch_bounds__(kBlock)
    count_common_columns(MatrixView<const std::uint64_t> a, MatrixView<const std::uint64_t> b,
                         std::int32_t* out) {
  const std::int64_t row =
      static_cast<std::int64_t>(blockIdx.x) * kRowsPerBlock + threadIdx.x / kWarp;
  if (row >= a.rows) return;
  std::int32_t both = 0;
  for (std::int64_t word = threadIdx.x % kWarp; word < a.cols; word += kWarp) {
    both += __popcll(a(row, word) & b(row, word));
  }
  both = warp_sum(both);
  if (threadIdx.x % kWarp == 0) out[row] = both;
}

}  // namespace

Matrix<std::int32_t> CudaBackend::overlaps(MatrixView<const std::uint64_t> a,
                                           MatrixView<const std::uint64_t> b) {
  auto out = make_device_matrix<std::int32_t>(*memory_, a.rows, 1);
  launch(stream_, count_common_columns,
         static_cast<unsigned>((a.rows + kRowsPerBlock - 1) / kRowsPerBlock), kBlock, 0, a, b,
         out.view().data);
  return out;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
