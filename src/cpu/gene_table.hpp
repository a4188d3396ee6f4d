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

// What the zeros of a gene need to know of its nonzero control keys.
struct GeneFacts {
  std::int64_t n_keys = 0;
  std::int64_t n_negative = 0;
  math::Uint128 ties = 0;  // of the runs among the keys
};

// One gene's nonzero control keys, ascending, behind a table on their leading bits: bucket h holds
// the keys whose (key - lowest) >> shift is h, which are keys[start[h], start[h + 1]).
//
// A narrow table stores 16 bits of each key, the bits below `shift`, for the vector lookup
// (gene_sums_avx512.cpp); the plain one stores whole keys and has no limits.
template <typename Key>
struct GeneTable : GeneFacts {
  bool narrow = false;
  std::uint8_t shift = 0;
  Key lowest = 0;
  std::uint32_t buckets = 0;
  const std::byte* data = nullptr;

  // Narrow: starts, then keys. A key above all buckets finds an empty one at the end.
  [[nodiscard]] std::int64_t narrow_starts() const { return std::int64_t{buckets} + 2; }
  [[nodiscard]] const std::uint16_t* narrow_start() const {
    return reinterpret_cast<const std::uint16_t*>(data);
  }
  [[nodiscard]] const std::uint16_t* narrow_keys() const {
    return narrow_start() + narrow_starts();
  }
  // Plain: keys, then starts.
  [[nodiscard]] std::int64_t plain_starts() const { return std::int64_t{buckets} + 1; }
  [[nodiscard]] const Key* plain_keys() const { return reinterpret_cast<const Key*>(data); }
  [[nodiscard]] const std::uint32_t* plain_start() const {
    return reinterpret_cast<const std::uint32_t*>(plain_keys() + n_keys);
  }

  // How much `data` takes, in whole cache lines, and at most takes for n keys.
  [[nodiscard]] std::int64_t n_bytes() const;
  [[nodiscard]] static std::int64_t most_bytes(std::int64_t n);
  [[nodiscard]] std::span<const std::byte> bytes() const {
    return {data, static_cast<std::size_t>(n_bytes())};
  }

  [[nodiscard]] Place find(Key key) const;
};

// The table of `keys`, which are ascending and not zero, but for its data: those are n_bytes() and
// written by fill_gene_table().
template <typename Key>
[[nodiscard]] GeneTable<Key> plan_gene_table(std::span<const Key> keys);
template <typename Key>
void fill_gene_table(GeneTable<Key>& table, std::span<const Key> keys, std::byte* data);

}  // namespace cupel
