#pragma once
#include <algorithm>
#include <cub/cub.cuh>

#include "launch.hpp"

// Keys of a set of columns in each row, sorted: row k's are [k · columns, end[k]) of an array, in
// the order in which math::order_key puts them.
namespace cupel::CUPEL_CUDA_NAMESPACE {

struct RowKeys {
  std::uint64_t* keys;
  std::int32_t* with;  // what each key carries along
};

// How many rows to take at a time where each value costs so much memory for a while: half of what
// is left, and no more than 2 GiB.
[[nodiscard]] inline std::int64_t rows_at_a_time(const DeviceMemory& memory, std::int64_t rows,
                                                 std::int64_t columns,
                                                 std::int64_t bytes_per_value) {
  constexpr std::int64_t kMostBytes = std::int64_t{2} << 30;
  const std::int64_t bytes = std::min(kMostBytes, (memory.limit() - memory.in_use()) / 2);
  return std::clamp(bytes / (bytes_per_value * columns), std::int64_t{1}, rows);
}

inline void sort_rows(DeviceMemory& memory, const Stream& stream, const RowKeys& in,
                      const RowKeys& out, std::int64_t rows, std::int64_t columns,
                      const std::int64_t* begin, const std::int64_t* end) {
  std::size_t scratch_bytes = 0;
  const auto sort = [&](void* scratch) {
    CUPEL_CUDA(cub::DeviceSegmentedSort::StableSortPairs(
        scratch, scratch_bytes, static_cast<const std::uint64_t*>(in.keys), out.keys,
        static_cast<const std::int32_t*>(in.with), out.with, rows * columns, rows, begin, end,
        stream.get()));
  };
  sort(nullptr);
  auto scratch = make_device_buffer<std::byte>(memory, static_cast<std::int64_t>(scratch_bytes));
  sort(scratch.data());
}

// Of n ascending keys, the number that are below `key`, and that are not above it.
__device__ inline std::int64_t keys_below(const std::uint64_t* keys, std::int64_t n,
                                          std::uint64_t key) {
  std::int64_t below = 0;
  while (below < n) {
    const std::int64_t middle = (below + n) / 2;
    if (keys[middle] < key) {
      below = middle + 1;
    } else {
      n = middle;
    }
  }
  return below;
}
__device__ inline std::int64_t keys_up_to(const std::uint64_t* keys, std::int64_t n,
                                          std::uint64_t key) {
  return key == ~std::uint64_t{0} ? n : keys_below(keys, n, key + 1);
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
