#pragma once
#include <cstdint>
#include <utility>

#include "cupel/buffer.hpp"

namespace cupel {

// Cells × genes in compressed sparse rows, in the narrowest types that hold the file's values
// exactly. Every row is canonical: genes strictly ascending, no stored zeros, duplicates summed.
enum class GeneType : std::uint8_t { kU16, kU32 };            // u16 while n_genes <= 65,536
enum class ValueType : std::uint8_t { kU16, kF32, kF64 };     // lossless, whatever the file's type

// Row r holds entries [row_begin[r], row_begin[r] + row_length[r]) of `genes` and `values`.
// Rows need not be stored in order nor without gaps, so reordering cells moves no data.
template <typename Gene, typename Value>
struct TypedCells {
  const Gene* genes = nullptr;
  const Value* values = nullptr;
  const std::int64_t* row_begin = nullptr;
  const std::int32_t* row_length = nullptr;
  std::int64_t rows = 0;
  std::int64_t n_genes = 0;
};

// Non-owning, type-erased, trivially copyable.
struct CellsView {
  const void* genes = nullptr;
  const void* values = nullptr;
  const std::int64_t* row_begin = nullptr;
  const std::int32_t* row_length = nullptr;
  std::int64_t rows = 0;
  std::int64_t n_genes = 0;
  GeneType gene_type = GeneType::kU16;
  ValueType value_type = ValueType::kU16;
  Space space = Space::kHost;

  // Rows [begin, end).
  [[nodiscard]] CellsView slice(std::int64_t begin, std::int64_t end) const {
    CellsView part = *this;
    part.row_begin += begin;
    part.row_length += begin;
    part.rows = end - begin;
    return part;
  }
};

// Owning. `genes` and `values` are byte buffers of the types named.
struct Cells {
  Buffer<std::byte> genes;
  Buffer<std::byte> values;
  Buffer<std::int64_t> row_begin;
  Buffer<std::int32_t> row_length;
  std::int64_t n_genes = 0;
  GeneType gene_type = GeneType::kU16;
  ValueType value_type = ValueType::kU16;

  [[nodiscard]] CellsView view() const {
    return {genes.data(), values.data(), row_begin.data(), row_length.data(), row_begin.size(),
            n_genes,      gene_type,     value_type,       row_begin.space()};
  }
};

// Calls `use(TypedCells<Gene, Value>)` with the types that `cells` holds.
template <typename Use>
decltype(auto) visit(const CellsView& cells, Use&& use) {
  const auto with = [&]<typename Gene, typename Value>(Gene /*gene*/, Value /*value*/) {
    return use(TypedCells<Gene, Value>{static_cast<const Gene*>(cells.genes),
                                       static_cast<const Value*>(cells.values), cells.row_begin,
                                       cells.row_length, cells.rows, cells.n_genes});
  };
  const auto with_gene = [&]<typename Gene>(Gene gene) {
    switch (cells.value_type) {
      case ValueType::kU16:
        return with(gene, std::uint16_t{});
      case ValueType::kF32:
        return with(gene, float{});
      case ValueType::kF64:
        break;
    }
    return with(gene, double{});
  };
  return cells.gene_type == GeneType::kU16 ? with_gene(std::uint16_t{})
                                           : with_gene(std::uint32_t{});
}

[[nodiscard]] constexpr std::int64_t bytes_of(GeneType type) {
  return type == GeneType::kU16 ? 2 : 4;
}
[[nodiscard]] constexpr std::int64_t bytes_of(ValueType type) {
  return type == ValueType::kU16 ? 2 : type == ValueType::kF32 ? 4 : 8;
}

}  // namespace cupel
