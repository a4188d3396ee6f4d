#pragma once
#include "launch.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

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
