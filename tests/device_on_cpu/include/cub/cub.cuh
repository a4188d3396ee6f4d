// The calls of CUB that kernels/ makes, on the emulated device: the standard library's algorithms
// behind CUB's two-step protocol (ask for the bytes of scratch, then run with them).
#pragma once
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "cuda_runtime.h"

namespace cub {
namespace cuda_on_cpu_detail {

inline constexpr std::size_t kScratch = 100;  // an odd number: what is given is checked against it

// True when this call is the one that runs. Scribbles over the scratch, as a device would.
inline bool runs(void* scratch, std::size_t& bytes, cudaError_t& status) {
  status = cudaSuccess;
  if (scratch == nullptr) {
    bytes = kScratch;
    return false;
  }
  if (bytes < kScratch) {
    status = cudaErrorInvalidValue;
    return false;
  }
  std::memset(scratch, 0x5A, kScratch);
  return true;
}

}  // namespace cuda_on_cpu_detail

struct DeviceSegmentedSort {
  template <typename Key, typename Begin, typename End>
  static cudaError_t SortKeys(void* scratch, std::size_t& bytes, const Key* in, Key* out,
                              std::int64_t n, std::int64_t segments, Begin begin, End end,
                              cudaStream_t = nullptr) {
    cudaError_t status;
    if (!cuda_on_cpu_detail::runs(scratch, bytes, status)) return status;
    for (std::int64_t s = 0; s < segments; ++s) {
      if (end[s] > n || begin[s] < 0) return cudaErrorInvalidValue;
      if (end[s] <= begin[s]) continue;
      std::copy(in + begin[s], in + end[s], out + begin[s]);
      std::sort(out + begin[s], out + end[s]);
    }
    return cudaSuccess;
  }

  template <typename Key, typename Value, typename Begin, typename End>
  static cudaError_t StableSortPairs(void* scratch, std::size_t& bytes, const Key* keys_in,
                                     Key* keys_out, const Value* values_in, Value* values_out,
                                     std::int64_t n, std::int64_t segments, Begin begin, End end,
                                     cudaStream_t = nullptr) {
    cudaError_t status;
    if (!cuda_on_cpu_detail::runs(scratch, bytes, status)) return status;
    for (std::int64_t s = 0; s < segments; ++s) {
      if (end[s] > n || begin[s] < 0) return cudaErrorInvalidValue;
      std::vector<std::int64_t> order(static_cast<std::size_t>(std::max<std::int64_t>(
          static_cast<std::int64_t>(end[s]) - static_cast<std::int64_t>(begin[s]), 0)));
      std::iota(order.begin(), order.end(), static_cast<std::int64_t>(begin[s]));
      std::stable_sort(order.begin(), order.end(),
                       [&](auto a, auto b) { return keys_in[a] < keys_in[b]; });
      for (std::size_t i = 0; i < order.size(); ++i) {
        keys_out[begin[s] + static_cast<std::int64_t>(i)] = keys_in[order[i]];
        values_out[begin[s] + static_cast<std::int64_t>(i)] = values_in[order[i]];
      }
    }
    return cudaSuccess;
  }
};

struct DeviceScan {
  template <typename In, typename Out>
  static cudaError_t ExclusiveSum(void* scratch, std::size_t& bytes, In in, Out out, std::int64_t n,
                                  cudaStream_t = nullptr) {
    cudaError_t status;
    if (!cuda_on_cpu_detail::runs(scratch, bytes, status)) return status;
    std::exclusive_scan(in, in + n, out, std::decay_t<decltype(*out)>{});
    return cudaSuccess;
  }
  template <typename In, typename Out>
  static cudaError_t InclusiveSum(void* scratch, std::size_t& bytes, In in, Out out, std::int64_t n,
                                  cudaStream_t = nullptr) {
    cudaError_t status;
    if (!cuda_on_cpu_detail::runs(scratch, bytes, status)) return status;
    std::inclusive_scan(in, in + n, out);
    return cudaSuccess;
  }
};

}  // namespace cub
