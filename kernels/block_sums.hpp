#pragma once
#include "cupel/math/ranks.hpp"
#include "launch.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

// Every function here is called by all threads of a warp or block together.

template <typename T>
__device__ T warp_sum(T value) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(kFullWarp, value, distance);
  }
  return value;
}
__device__ inline math::Uint128 warp_sum(math::Uint128 value) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    const auto low = __shfl_xor_sync(kFullWarp, static_cast<std::uint64_t>(value), distance);
    const auto high = __shfl_xor_sync(kFullWarp, static_cast<std::uint64_t>(value >> 64), distance);
    value += static_cast<math::Uint128>(high) << 64 | low;
  }
  return value;
}

// The sum over the block's `kThreads` threads, for each of them.
template <int kThreads, typename T>
__device__ T block_sum(T value) {
  CUPEL_SHARED(T, sums, kThreads / kWarp);
  value = warp_sum(value);
  if (threadIdx.x % kWarp == 0) sums[threadIdx.x / kWarp] = value;
  __syncthreads();
  T sum = 0;
  for (int warp = 0; warp < kThreads / kWarp; ++warp) sum += sums[warp];
  __syncthreads();  // before the next call writes
  return sum;
}

// The sum over the threads before this one; `total` gets that over all.
template <int kThreads, typename T>
__device__ T block_sum_before(T value, T& total) {
  CUPEL_SHARED(T, sums, kThreads / kWarp);
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  T up_to = value;
  for (int distance = 1; distance < kWarp; distance *= 2) {
    const T other = __shfl_up_sync(kFullWarp, up_to, static_cast<unsigned>(distance));
    if (lane >= distance) up_to += other;
  }
  if (lane == kWarp - 1) sums[warp] = up_to;
  __syncthreads();
  T before = up_to - value;
  total = 0;
  for (int k = 0; k < kThreads / kWarp; ++k) {
    if (k < warp) before += sums[k];
    total += sums[k];
  }
  __syncthreads();  // before the next call writes
  return before;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
