#pragma once
#include "launch.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

inline constexpr int kLanes = 8;

// Adds the sums of `threads` (a power of two) neighbouring threads; each gets the whole. All
// threads of the warp must call it.
template <int threads, typename Sum>
__device__ Sum add_lanes(Sum sum) {
  for (int other = threads / 2; other > 0; other /= 2) {
    sum += __shfl_xor_sync(kFullWarp, sum, other);
  }
  return sum;
}

// Sum of term(0) .. term(n - 1) by eight neighbouring threads, each of which gets the whole, in the
// order and so with the bits of src/cpu/lane_sum.hpp. All threads of the warp must call it.
template <typename Term>
__device__ double lane_sum(std::int64_t n, Term term) {
  double sum = 0.0;
  for (std::int64_t k = threadIdx.x % kLanes; k < n; k += kLanes) sum += term(k);
  return add_lanes<kLanes>(sum);
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
