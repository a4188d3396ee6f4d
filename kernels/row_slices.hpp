#pragma once
#include <algorithm>

#include "cupel/cells.hpp"
#include "launch.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

// The entries of one row whose genes lie in a range.
struct RowSlice {
  std::int64_t begin;
  std::int32_t length;
};

// The first of entries [begin, end) whose gene is at least `gene`, or `end`.
template <typename Gene>
__device__ std::int64_t first_from(const Gene* genes, std::int64_t begin, std::int64_t end,
                                   std::int64_t gene) {
  while (begin < end) {
    const std::int64_t middle = begin + (end - begin) / 2;
    if (static_cast<std::int64_t>(genes[middle]) < gene) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

// Genes [first, last) of a row, found by bisection. A row's genes ascend and are distinct, so at
// most `first` of its entries lie before the slice, at most n_genes - first after its begin, and at
// most last - first within it.
template <typename Gene, typename Value>
__device__ RowSlice row_slice(const TypedCells<Gene, Value>& cells, std::int64_t row,
                              std::int64_t first, std::int64_t last) {
  const Gene* genes = cells.genes + cells.row_begin[row];
  const std::int64_t n = cells.row_length[row];
  const std::int64_t lowest = max(n - (cells.n_genes - first), std::int64_t{0});
  const std::int64_t begin = first_from(genes, lowest, min(n, first), first);
  const std::int64_t end = first_from(genes, begin, min(n, begin + (last - first)), last);
  return {cells.row_begin[row] + begin, static_cast<std::int32_t>(end - begin)};
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
