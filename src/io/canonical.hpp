#pragma once
#include <cstdint>
#include <vector>

#include "cupel/cells.hpp"
#include "io/element_type.hpp"

namespace cupel::io {

// Entries of some cells: `genes` and `values` are arrays of the types named.
struct Entries {
  std::byte* genes = nullptr;
  std::byte* values = nullptr;
  GeneType gene_type = GeneType::kU16;
  ValueType value_type = ValueType::kU16;

  [[nodiscard]] Entries at(std::int64_t entry) const {
    return {genes + entry * cupel::bytes_of(gene_type),
            values + entry * cupel::bytes_of(value_type), gene_type, value_type};
  }
};

// How many of the n - 1 steps from one gene to the next do not go up.
[[nodiscard]] std::int64_t count_descents(const Entries& entries, std::int64_t n);
// Whether gene -1, just before these entries, is not below gene 0.
[[nodiscard]] bool descends_into(const Entries& entries);
[[nodiscard]] std::int64_t count_zeros(const Entries& entries, std::int64_t n);
// Sum of entry_key (row_key.hpp) over the n entries.
[[nodiscard]] std::uint64_t sum_of_keys(const Entries& entries, std::int64_t n);

// Workspace of `canonicalise`: one value per gene.
class RowWorkspace {
 public:
  explicit RowWorkspace(std::int64_t n_genes)
      : sums_(static_cast<std::size_t>(n_genes)),
        present_(static_cast<std::size_t>(n_genes / 64 + 1)) {}

 private:
  friend std::int64_t canonicalise(const Entries&, std::int64_t, const NumberType&, RowWorkspace&);
  std::vector<double> sums_;
  std::vector<std::uint64_t> present_;  // one bit per gene; all clear between calls
};

// Puts one row of n entries in order in place: genes strictly ascending, duplicates added up in the
// order in which they stand and in the arithmetic of the file's type, zeros dropped. Returns how
// many entries are left, or -1 with the row untouched if a sum does not fit the value type.
[[nodiscard]] std::int64_t canonicalise(const Entries& row, std::int64_t n, const NumberType& type,
                                        RowWorkspace& workspace);

}  // namespace cupel::io
