#pragma once
#include "launch.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

inline constexpr int kElementBlock = 256;
inline constexpr int kElementsPerThread =
    4;  // enough blocks for small matrices, few for large ones

inline constexpr std::int64_t kElementRows = 4096;  // of a grid; blocks stride over the rest

// The grid for blocks of kElementBlock threads: columns along x, rows along y.
[[nodiscard]] inline dim3 element_grid(std::int64_t rows, std::int64_t cols) {
  return {blocks_for(cols, kElementBlock * kElementsPerThread),
          static_cast<unsigned>(rows < kElementRows ? rows : kElementRows), 1};
}

// Calls use(row, col) once for every element, in a kernel launched on element_grid. A warp's calls
// are of neighbouring columns, and no element costs a division.
template <typename Use>
__device__ inline void for_each_element(std::int64_t rows, std::int64_t cols, Use use) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t row = blockIdx.y; row < rows; row += gridDim.y) {
    for (std::int64_t col = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
         col < cols; col += stride) {
      use(row, col);
    }
  }
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
