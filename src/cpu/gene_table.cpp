#include "cpu/gene_table.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>

#include "cpu/simd_level.hpp"
#include "cpu/sort_keys.hpp"

namespace cupel {
namespace {

template <typename Key>
using UnsignedOf = std::make_unsigned_t<Key>;

// The distance of two keys in order, which a signed Key may not hold.
template <typename Key>
UnsignedOf<Key> distance(Key from, Key to) {
  return static_cast<UnsignedOf<Key>>(static_cast<UnsignedOf<Key>>(to) -
                                      static_cast<UnsignedOf<Key>>(from));
}

template <typename Key>
math::Uint128 ties_of(std::span<const Key> keys) {
  math::Uint128 ties = 0;
  for (std::size_t begin = 0; begin < keys.size();) {
    std::size_t end = begin + 1;
    while (end < keys.size() && keys[end] == keys[begin]) ++end;
    if (end - begin > 1) ties += math::tie_term(end - begin);
    begin = end;
  }
  return ties;
}

// The smallest shift that leaves at most `max_buckets` buckets.
template <typename Key>
int shift_for(UnsignedOf<Key> range, std::int64_t max_buckets) {
  int shift = 0;
  while (static_cast<std::uint64_t>(range >> shift) >= static_cast<std::uint64_t>(max_buckets)) {
    ++shift;
  }
  return shift;
}

// start[h] = how many keys lie in buckets before h, for h up to `ends` - 1.
template <typename Key, typename Start>
void fill_starts(std::span<const Key> keys, int shift, Start* start, std::int64_t ends) {
  std::fill_n(start, ends, Start{0});
  for (std::size_t i = 0; i < keys.size(); ++i) {
    start[(distance(keys[0], keys[i]) >> shift) + 1] = static_cast<Start>(i + 1);
  }
  Start seen = 0;
  for (std::int64_t h = 0; h < ends; ++h) start[h] = seen = std::max(seen, start[h]);
}

// Whether a key drawn like these meets few others in its bucket; else many are equal, and the
// plain table's binary search is the better.
bool buckets_are_small(const std::uint16_t* start, std::int64_t buckets, std::int64_t n_keys) {
  constexpr std::uint64_t kMeanCompany = 6;
  std::uint64_t squares = 0;
  for (std::int64_t h = 0; h < buckets; ++h) {
    const auto n = static_cast<std::uint64_t>(start[h + 1] - start[h]);
    squares += n * n;
  }
  return squares <= kMeanCompany * static_cast<std::uint64_t>(n_keys);
}

// False where the gene cannot or should not have a narrow table; the slot is then junk.
template <typename Key>
bool build_narrow(std::span<std::byte> slot, std::span<const Key> keys, GeneTable<Key>& table) {
  constexpr int kBits = 16;
  constexpr std::size_t kMostKeys = 65'535;
  if constexpr (sizeof(Key) != sizeof(std::int32_t)) return false;
  if (simd_level() != SimdLevel::kAvx512) return false;
  if (keys.size() > kMostKeys || table.n_negative > 0) return false;
  auto* const start = reinterpret_cast<std::uint16_t*>(slot.data());
  if (keys.empty()) {
    table.lowest = std::numeric_limits<Key>::max();  // every key is below: nothing to find
    std::fill_n(start, GeneTable<Key>::narrow_starts(0), std::uint16_t{0});
    return true;
  }
  const auto range = distance(keys.front(), keys.back());
  // Vector lookups read one 16-bit value past the last.
  const auto capacity = static_cast<std::int64_t>(slot.size() / sizeof(std::uint16_t)) -
                        std::ssize(keys) - GeneTable<Key>::narrow_starts(0) - 1;
  const int shift = shift_for<Key>(range, capacity);
  if (shift > kBits) return false;
  table.shift = static_cast<std::uint8_t>(shift);
  table.lowest = keys.front();
  table.buckets = static_cast<std::uint32_t>(range >> shift) + 1;
  const auto ends = GeneTable<Key>::narrow_starts(table.buckets);
  fill_starts(keys, shift, start, ends);
  std::uint16_t* const low = start + ends;
  const auto mask = (UnsignedOf<Key>{1} << shift) - 1;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    low[i] = static_cast<std::uint16_t>(distance(keys.front(), keys[i]) & mask);
  }
  low[keys.size()] = 0;
  return buckets_are_small(start, table.buckets, std::ssize(keys));
}

template <typename Key>
void build_plain(std::span<std::byte> slot, std::span<const Key> keys, GeneTable<Key>& table) {
  std::ranges::copy(keys, reinterpret_cast<Key*>(slot.data()));
  auto* const start = reinterpret_cast<std::uint32_t*>(slot.data() + keys.size_bytes());
  table.lowest = keys.front();
  const auto range = distance(keys.front(), keys.back());
  const auto capacity =
      static_cast<std::int64_t>((slot.size() - keys.size_bytes()) / sizeof(std::uint32_t)) - 1;
  const int shift = shift_for<Key>(range, std::min(capacity, std::ssize(keys)));
  table.shift = static_cast<std::uint8_t>(shift);
  table.buckets = static_cast<std::uint32_t>(range >> shift) + 1;
  fill_starts(keys, shift, start, std::int64_t{table.buckets} + 1);
}

}  // namespace

template <typename Key>
GeneTable<Key> build_gene_table(std::span<std::byte> slot, std::int64_t n_keys, bool ascending,
                                std::span<Key> scratch) {
  const auto sorted = scratch.first(static_cast<std::size_t>(n_keys));
  std::copy_n(reinterpret_cast<const Key*>(slot.data()), n_keys, sorted.data());
  if (!ascending) sort_keys(sorted, scratch.subspan(sorted.size()));
  // Values that are zero once ranked join the zeros that are not stored.
  const auto zeros = std::ranges::equal_range(sorted, Key{0});
  const auto n_negative = zeros.begin() - sorted.begin();
  const auto n_zeros = std::ssize(zeros);
  std::copy(zeros.end(), sorted.end(), zeros.begin());
  const std::span<const Key> keys = sorted.first(static_cast<std::size_t>(n_keys - n_zeros));

  GeneTable<Key> table;
  table.data = slot.data();
  table.n_keys = std::ssize(keys);
  table.n_negative = n_negative;
  table.ties = ties_of(keys);
  table.narrow = build_narrow(slot, keys, table);
  if (!table.narrow && !keys.empty()) build_plain(slot, keys, table);
  return table;
}

template <typename Key>
Place GeneTable<Key>::find(Key key) const {
  if (n_keys == 0 || key < lowest) return {};
  const auto offset = distance(lowest, key);
  if ((offset >> shift) >= buckets) return {n_keys, 0};
  const auto bucket = static_cast<std::size_t>(offset >> shift);
  if (narrow) {
    const auto low = static_cast<std::uint16_t>(offset & ((UnsignedOf<Key>{1} << shift) - 1));
    const auto* begin = narrow_keys() + narrow_start()[bucket];
    const auto* end = narrow_keys() + narrow_start()[bucket + 1];
    const auto* at = std::lower_bound(begin, end, low);
    const auto* to = std::upper_bound(at, end, low);
    return {at - narrow_keys(), to - at};
  }
  const Key* begin = plain_keys() + plain_start()[bucket];
  const Key* end = plain_keys() + plain_start()[bucket + 1];
  const Key* at = std::lower_bound(begin, end, key);
  const Key* to = std::upper_bound(at, end, key);
  return {at - plain_keys(), to - at};
}

template struct GeneTable<std::int32_t>;
template struct GeneTable<std::int64_t>;
template GeneTable<std::int32_t> build_gene_table(std::span<std::byte>, std::int64_t, bool,
                                                  std::span<std::int32_t>);
template GeneTable<std::int64_t> build_gene_table(std::span<std::byte>, std::int64_t, bool,
                                                  std::span<std::int64_t>);

}  // namespace cupel
