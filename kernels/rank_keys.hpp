#pragma once
#include <type_traits>

#include "cupel/cells.hpp"
#include "cupel/math/rank_key.hpp"
#include "launch.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

// Cells whose values become keys (math/rank_key.hpp), as kernels read them.
template <typename Key>
struct KeySource {
  CellsView cells;
  const math::CellKeys<Key>* rows = nullptr;  // how each row's values become keys
  const std::int32_t* ids = nullptr;          // of the tested genes, ascending
  const std::int32_t* place = nullptr;        // of each gene among the tested ones, or -1
  std::int64_t n_tested = 0;

  // Rows [begin, end).
  [[nodiscard]] KeySource slice(std::int64_t begin, std::int64_t end) const {
    KeySource part = *this;
    part.cells = cells.slice(begin, end);
    part.rows += begin;
    return part;
  }
};

// visit() of cells.hpp on a device: one kernel holds the loops for every type that cells come in,
// where a kernel per type would take six times as long to compile.
template <typename Use>
__device__ void visit_on_device(const CellsView& cells, const Use& use) {
  const auto with = [&](auto gene, auto value) {
    using Gene = decltype(gene);
    using Value = decltype(value);
    use(TypedCells<Gene, Value>{static_cast<const Gene*>(cells.genes),
                                static_cast<const Value*>(cells.values), cells.row_begin,
                                cells.row_length, cells.rows, cells.n_genes});
  };
  const auto with_gene = [&](auto gene) {
    if (cells.value_type == ValueType::kU16) {
      with(gene, std::uint16_t{});
    } else if (cells.value_type == ValueType::kF32) {
      with(gene, float{});
    } else {
      with(gene, double{});
    }
  };
  if (cells.gene_type == GeneType::kU16) {
    with_gene(std::uint16_t{});
  } else {
    with_gene(std::uint32_t{});
  }
}

// The first of n ascending keys that is not below `key`, or n.
template <typename Key>
__device__ std::int64_t first_not_below(const Key* keys, std::int64_t n, Key key) {
  std::int64_t begin = 0;
  while (begin < n) {
    const std::int64_t middle = (begin + n) / 2;
    if (keys[middle] < key) {
      begin = middle + 1;
    } else {
      n = middle;
    }
  }
  return begin;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
