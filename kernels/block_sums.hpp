#pragma once
#include "cupel/math/ranks.hpp"
#include "launch.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

// Sums over a warp or a block, in an order that the launch alone sets. All threads of it call
// together.

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

// The block's values folded into one, in an order that kBlock alone sets: each thread of the first
// warp folds those of threads k, k + 32, ..., then a binary tree folds the warp. Every thread gets
// the result. `shared` holds kBlock values and may be used again at once.
template <int kBlock, typename T, typename Fold>
__device__ inline T block_fold(T value, T* shared, Fold fold) {
  static_assert(kBlock % kWarp == 0);
  const int thread = static_cast<int>(threadIdx.x);
  shared[thread] = value;
  __syncthreads();
  if (thread < kWarp) {
    T result = shared[thread];
    for (int k = thread + kWarp; k < kBlock; k += kWarp) result = fold(result, shared[k]);
    shared[thread] = result;
    for (int half = kWarp / 2; half > 0; half /= 2) {
      __syncwarp();
      if (thread < half) shared[thread] = fold(shared[thread], shared[thread + half]);
    }
  }
  __syncthreads();
  const T result = shared[0];
  __syncthreads();
  return result;
}

template <int kBlock>
__device__ inline double block_sum(double value, double* shared) {
  return block_fold<kBlock>(value, shared, [](double a, double b) { return a + b; });
}

// Sum of term(0) .. term(n - 1) over a block: thread k adds up terms k, k + kBlock, ... first.
template <int kBlock, typename Term>
__device__ inline double block_sum_of(std::int64_t n, double* shared, Term term) {
  double sum = 0.0;
#pragma unroll 4
  for (std::int64_t k = threadIdx.x; k < n; k += kBlock) sum += term(k);
  return block_sum<kBlock>(sum, shared);
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
