#pragma once
#include <vector>

#include "rank_keys.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

// Some cells turned gene by gene: of every tested gene the keys that are not zero, sorted, some
// genes at a time. What is added up are integers and what is scattered is sorted afterwards, so the
// order in which threads reach the atomics does not show.
template <typename Key>
class SortedGenes {
 public:
  // Counts the keys, and waits: the host cuts the genes into parts.
  SortedGenes(Backend& backend, DeviceMemory& memory, const KeySource<Key>& source);

  // Gene g has begin()[g + 1] - begin()[g] keys; also on the device.
  [[nodiscard]] const std::vector<std::int64_t>& begin() const { return begin_; }
  [[nodiscard]] const std::int64_t* device_begin() const { return device_begin_.data(); }

  // A part whose keys fit scratch memory, or a single gene.
  struct Part {
    std::int64_t first = 0;  // genes [first, last)
    std::int64_t last = 0;
    Buffer<Key> keys;
    Buffer<std::int64_t> begin;  // of each gene within `keys`, and the end
    [[nodiscard]] std::int64_t size() const { return last - first; }
  };
  // The part that begins with gene `first`.
  [[nodiscard]] Part part(std::int64_t first);

 private:
  void add_up(std::int64_t first, std::int64_t last, Buffer<std::int64_t>& begin);

  DeviceMemory& memory_;
  KeySource<Key> source_;
  Buffer<std::int32_t> counts_;
  Buffer<std::int64_t> device_begin_;
  std::vector<std::int64_t> begin_;
};

extern template class SortedGenes<std::int32_t>;
extern template class SortedGenes<std::int64_t>;

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
