#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cupel/buffer.hpp"
#include "io/canonical.hpp"

namespace cupel::io {

// Moves a window of entries from column order to the rows of an arena. Entries are first sorted
// into buckets of neighbouring rows, slice by slice while they are in cache, and then each bucket
// is written by one thread, in the order of the columns: no two threads touch one row, and the
// result does not depend on how many there are.
class RowBuckets {
 public:
  // At most `window` entries at a time, for an arena of n_rows rows.
  RowBuckets(std::int64_t n_rows, std::int64_t window, ValueType value_type);

  // To be filled before `scatter`: for each entry its row in the arena, or kSkip, and its value.
  static constexpr std::uint32_t kSkip = 0xffffffffU;
  [[nodiscard]] std::uint32_t* rows() { return rows_.data(); }
  [[nodiscard]] std::byte* values() { return values_.data(); }

  // Writes the window's n entries, which are `first` and following of the file, to `arena`;
  // next[row] is where the row's next entry goes. column_starts has the first entry of each column.
  void scatter(std::int64_t first, std::int64_t n, std::span<const std::int64_t> column_starts,
               const Entries& arena, std::span<std::int64_t> next);

 private:
  template <typename Value>
  void sort_slice(std::int64_t slice, std::int64_t first, std::int64_t n,
                  std::span<const std::int64_t> column_starts);
  template <typename Gene, typename Value>
  void write_bucket(std::int64_t bucket, std::int64_t n, Gene* genes, Value* values,
                    std::span<std::int64_t> next) const;

  int shift_ = 0;  // row >> shift_ is the bucket
  ValueType value_type_;
  Buffer<std::uint32_t> rows_;
  Buffer<std::byte> values_;
  Buffer<std::uint32_t> sorted_rows_;
  Buffer<std::uint32_t> sorted_genes_;
  Buffer<std::byte> sorted_values_;
  std::vector<std::uint32_t> bucket_ends_;  // slices × buckets, within the slice
};

}  // namespace cupel::io
