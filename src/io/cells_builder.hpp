#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "cupel/dataset.hpp"
#include "io/canonical.hpp"
#include "io/element_type.hpp"
#include "io/errors.hpp"

namespace cupel::io {

[[nodiscard]] GeneType gene_type_for(std::int64_t n_genes);
// What LoadedCells of so many entries and rows occupy.
[[nodiscard]] std::int64_t cells_bytes(std::int64_t entries, std::int64_t rows,
                                       std::int64_t n_genes, ValueType values);

// Cells while they are being read: rows of known length lie one behind the other in one array of
// genes and one of values, some of them not yet canonical.
class CellsBuilder {
 public:
  // `starts` holds rows + 1 positions, ascending from 0. The value type may be changed until values
  // are written.
  CellsBuilder(std::vector<std::int64_t> starts, std::int64_t n_genes);

  [[nodiscard]] std::int64_t rows() const { return static_cast<std::int64_t>(starts_.size()) - 1; }
  [[nodiscard]] std::int64_t start(std::int64_t row) const {
    return starts_[static_cast<std::size_t>(row)];
  }
  // The row that holds this entry.
  [[nodiscard]] std::int64_t row_of(std::int64_t entry) const;
  [[nodiscard]] Entries entries() const;

  // (Re)allocates the values.
  void set_value_type(ValueType type);

  // After genes, then values, of entries [begin, end) were written by one thread; rows may be cut
  // by either end. Thread safe.
  void genes_written(std::int64_t begin, std::int64_t end);
  void values_written(std::int64_t begin, std::int64_t end);
  // Entry `entry` and the one before it were written by different threads: all are done now.
  void check_seam(std::int64_t entry);

  // Puts rows that are not canonical in order. False if a sum does not fit the value type: all has
  // to be written again in a wider one.
  [[nodiscard]] bool canonicalise_rows(const NumberType& type);
  [[nodiscard]] LoadedCells finish() &&;

 private:
  void mark(std::int64_t row) {
    std::atomic_ref(irregular_[static_cast<std::size_t>(row)]).store(1, std::memory_order_relaxed);
  }
  // Calls use(row, first, last) for the part of each row within [begin, end).
  template <typename Use>
  void for_each_row(std::int64_t begin, std::int64_t end, Use&& use) const;

  std::vector<std::int64_t> starts_;
  std::vector<std::uint8_t> irregular_;  // per row
  LoadedCells loaded_;
};

}  // namespace cupel::io
