#pragma once
#include "cupel/math/bitmap.hpp"
#include "launch.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

// How many threads of the block before this one say yes; `total`: how many of all. All kBlock
// threads call together.
template <int kBlock>
__device__ int yes_before(bool yes, int& total) {
  CUPEL_SHARED(int, warp_total, kBlock / kWarp);
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const unsigned votes = __ballot_sync(kFullWarp, yes ? 1 : 0);
  if (lane == 0) warp_total[warp] = __popc(votes);
  __syncthreads();
  int before = __popc(votes & ((1U << lane) - 1U));
  total = 0;
  for (int k = 0; k < kBlock / kWarp; ++k) {
    if (k < warp) before += warp_total[k];
    total += warp_total[k];
  }
  __syncthreads();  // before the next call writes
  return before;
}

// Calls use(column, place) for each column of a row's set; places count them from 0 in the order of
// columns. Returns their number. All kBlock threads of the block call together.
template <int kBlock, typename Use>
__device__ std::int64_t for_each_column(const std::uint64_t* set, std::int64_t columns,
                                        const Use& use) {
  std::int64_t before_piece = 0;
  for (std::int64_t begin = 0; begin < columns; begin += kBlock) {
    const std::int64_t column = begin + threadIdx.x;
    const bool is_in = column < columns && math::has_column(set, column);
    int in_piece = 0;
    const int before = yes_before<kBlock>(is_in, in_piece);
    if (is_in) use(column, before_piece + before);
    before_piece += in_piece;
  }
  return before_piece;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
