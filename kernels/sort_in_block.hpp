#pragma once
#include <limits>

#include "launch.hpp"

// Bitonic sorting networks, every comparison of which puts the smaller key first: a missing last
// key then counts as the largest, and any number of keys can be sorted.
#if defined(__CUDACC__)
#define CUPEL_UNROLL _Pragma("unroll")
#else
#define CUPEL_UNROLL
#endif

namespace cupel::CUPEL_CUDA_NAMESPACE {

template <typename Key>
inline constexpr Key kLargestKey = std::numeric_limits<Key>::max();

template <typename Key>
__device__ void put_in_order(Key& first, Key& second) {
  const Key smaller = second < first ? second : first;
  second = second < first ? first : second;
  first = smaller;
}

// Compares keys `distance` apart within one thread's keys, which are in registers: every index is
// known when the loops are unrolled.
template <int kDistance, int kKeys, typename Key>
__device__ void clean_own(Key (&keys)[kKeys]) {
  if constexpr (kDistance > 0) {
    CUPEL_UNROLL
    for (int i = 0; i < kKeys / 2; ++i) {
      const int low = i / kDistance * 2 * kDistance + i % kDistance;
      put_in_order(keys[low], keys[low + kDistance]);
    }
    clean_own<kDistance / 2>(keys);
  }
}

// Sorts runs of kSize of one thread's keys whose halves are sorted, then runs of twice that size.
template <int kSize, int kKeys, typename Key>
__device__ void merge_own(Key (&keys)[kKeys]) {
  if constexpr (kSize <= kKeys) {
    CUPEL_UNROLL
    for (int i = 0; i < kKeys / 2; ++i) {
      const int run = i / (kSize / 2) * kSize;
      const int offset = i % (kSize / 2);
      put_in_order(keys[run + offset], keys[run + kSize - 1 - offset]);
    }
    clean_own<kSize / 4>(keys);
    merge_own<kSize * 2>(keys);
  }
}

template <typename Key>
__device__ Key choose(bool larger, Key mine, Key other) {
  return (other < mine) == larger ? mine : other;
}

// Sorts what the warp's first `lanes` (a power of two) threads hold in registers: lane k gets keys
// kKeys · k to kKeys · k + kKeys - 1 of the order. All threads of the warp call it.
template <int kKeys, typename Key>
__device__ void sort_in_warp(Key (&keys)[kKeys], int lanes) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  merge_own<2>(keys);
  for (int size = 2; size <= lanes; size *= 2) {
    const bool second_half = (lane & (size / 2)) != 0;
    CUPEL_UNROLL
    for (int k = 0; k < (kKeys + 1) / 2; ++k) {  // key k meets the opposite lane's key from the end
      const Key low = __shfl_xor_sync(kFullWarp, keys[kKeys - 1 - k], size - 1);
      const Key high = __shfl_xor_sync(kFullWarp, keys[k], size - 1);
      keys[k] = choose(second_half, keys[k], low);
      if (kKeys > 1) keys[kKeys - 1 - k] = choose(second_half, keys[kKeys - 1 - k], high);
    }
    for (int distance = size / 4; distance > 0; distance /= 2) {
      const bool second = (lane & distance) != 0;
      CUPEL_UNROLL
      for (int k = 0; k < kKeys; ++k) {
        keys[k] = choose(second, keys[k], __shfl_xor_sync(kFullWarp, keys[k], distance));
      }
    }
    clean_own<kKeys / 2>(keys);
  }
}

// Sorts n <= kWarp · kKeys keys in shared memory by one warp.
template <int kKeys, typename Key>
__device__ void sort_by_warp(Key* keys, int n) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  Key own[kKeys];
  CUPEL_UNROLL
  for (int k = 0; k < kKeys; ++k) {
    const int at = k * kWarp + lane;
    own[k] = at < n ? keys[at] : kLargestKey<Key>;
  }
  int lanes = kWarp;
  if constexpr (kKeys == 1) {
    while (lanes / 2 >= n) lanes /= 2;
  }
  sort_in_warp(own, lanes);
  __syncwarp();  // all have read
  CUPEL_UNROLL
  for (int k = 0; k < kKeys; ++k) {
    const int at = lane * kKeys + k;
    if (at < n) keys[at] = own[k];
  }
  __syncwarp();
}

inline constexpr int kWarpSorts = 16 * kWarp;

// The same, with as few keys in registers as will do; n <= kWarpSorts.
template <typename Key>
__device__ void sort_by_warp(Key* keys, int n) {
  if (n <= kWarp) {
    sort_by_warp<1>(keys, n);
  } else if (n <= 2 * kWarp) {
    sort_by_warp<2>(keys, n);
  } else if (n <= 4 * kWarp) {
    sort_by_warp<4>(keys, n);
  } else if (n <= 8 * kWarp) {
    sort_by_warp<8>(keys, n);
  } else {
    sort_by_warp<16>(keys, n);
  }
}

// Sorts n keys in shared memory by the block's kThreads threads. They must have been written before
// a barrier; at the end they are sorted for all threads.
template <int kThreads, typename Key>
__device__ void sort_by_block(Key* keys, int n) {
  int all = 2;
  while (all < n) all *= 2;
  const auto compare = [&](int low, int high) {
    if (high < n) put_in_order(keys[low], keys[high]);
  };
  for (int size = 2; size <= all; size *= 2) {
    for (int i = static_cast<int>(threadIdx.x); i < all / 2; i += kThreads) {
      const int run = i / (size / 2) * size;
      const int offset = i % (size / 2);
      compare(run + offset, run + size - 1 - offset);
    }
    __syncthreads();
    for (int distance = size / 4; distance > 0; distance /= 2) {
      for (int i = static_cast<int>(threadIdx.x); i < all / 2; i += kThreads) {
        const int low = i / distance * 2 * distance + i % distance;
        compare(low, low + distance);
      }
      __syncthreads();
    }
  }
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
