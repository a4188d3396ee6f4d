#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "cupel/math/ranks.hpp"

namespace cupel {

// Where a key stands among one gene's control keys.
struct Place {
  std::int64_t below = 0;
  std::int64_t equal = 0;
};

// One gene's nonzero control keys, ascending, behind a table on their leading bits: bucket h holds
// the keys whose (key - lowest) >> shift is h, which are keys[start[h], start[h + 1]).
//
// A narrow table stores 16 bits of each key, the bits below `shift`, for the vector lookup
// (gene_sums.cpp); the plain one stores whole keys and has no limits.
template <typename Key>
struct GeneTable {
  bool narrow = false;
  std::uint8_t shift = 0;
  Key lowest = 0;
  std::uint32_t buckets = 0;
  std::int64_t n_keys = 0;
  std::int64_t n_negative = 0;
  math::Uint128 ties = 0;  // of the runs among the keys
  const std::byte* data = nullptr;

  [[nodiscard]] const std::uint16_t* narrow_start() const {
    return reinterpret_cast<const std::uint16_t*>(data);
  }
  [[nodiscard]] const std::uint16_t* narrow_keys() const {
    return narrow_start() + narrow_starts(buckets);
  }
  [[nodiscard]] const Key* plain_keys() const { return reinterpret_cast<const Key*>(data); }
  [[nodiscard]] const std::uint32_t* plain_start() const {
    return reinterpret_cast<const std::uint32_t*>(plain_keys() + n_keys);
  }

  // One start per bucket, two ends: a key above all buckets finds an empty one at the end.
  [[nodiscard]] static constexpr std::int64_t narrow_starts(std::int64_t buckets) {
    return buckets + 2;
  }

  [[nodiscard]] Place find(Key key) const;
};

// Bytes that a gene of n control keys gets: its keys as they are written, later its table.
template <typename Key>
[[nodiscard]] constexpr std::int64_t gene_slot_bytes(std::int64_t n_keys) {
  constexpr std::int64_t kSmallest = 4288;  // a narrow table over 16 octaves
  constexpr std::int64_t kLine = 64;
  const std::int64_t bytes = n_keys * (static_cast<std::int64_t>(sizeof(Key)) + 1) + kSmallest;
  return (bytes + kLine - 1) / kLine * kLine;
}

// Replaces the n keys at the start of `slot` by their table, which refers to the slot. `scratch`
// has room for 2 n keys.
template <typename Key>
[[nodiscard]] GeneTable<Key> build_gene_table(std::span<std::byte> slot, std::int64_t n_keys,
                                              bool ascending, std::span<Key> scratch);

}  // namespace cupel
