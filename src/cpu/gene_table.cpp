#include "cpu/gene_table.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "cpu/intrinsics.hpp"
#include "cpu/simd_level.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kVector = 32;  // 16-bit lanes: what vector code may run past the end
constexpr std::int64_t kTableLine = 64;

// Buckets of a narrow table of n keys, at most: 2048 are 16 bits each over 16 octaves of float.
std::int64_t most_narrow_buckets(std::int64_t n) { return n * 3 / 2 + 2048; }
// Two at least: of keys of both signs the distance may take all bits, and none may shift them all
// out.
std::int64_t most_plain_buckets(std::int64_t n) { return std::max<std::int64_t>(n / 4, 2); }

template <typename Key>
using UnsignedOf = std::make_unsigned_t<Key>;

// The distance of two keys in order, which a signed Key may not hold.
template <typename Key>
UnsignedOf<Key> distance(Key from, Key to) {
  return static_cast<UnsignedOf<Key>>(static_cast<UnsignedOf<Key>>(to) -
                                      static_cast<UnsignedOf<Key>>(from));
}

// Takes the smallest shift that leaves at most `max_buckets` buckets.
template <typename Key>
void set_buckets(GeneTable<Key>& table, std::span<const Key> keys, std::int64_t max_buckets) {
  const auto range = distance(keys.front(), keys.back());
  table.lowest = keys.front();
  table.shift = 0;
  while ((static_cast<std::uint64_t>(range) >> table.shift) >=
         static_cast<std::uint64_t>(max_buckets)) {
    ++table.shift;
  }
  table.buckets = static_cast<std::uint32_t>(range >> table.shift) + 1;
}

// One more if `same`, else 0, without a branch: ties come as they like.
std::uint64_t one_more(std::uint64_t seen, bool same) {
  return (seen + 1) & (std::uint64_t{0} - static_cast<std::uint64_t>(same));
}

// Sum of t^3 - t over the runs: the j-th of a run adds 3·j·(j + 1), j from 0.
template <typename Key>
math::Uint128 ties_of(std::span<const Key> keys) {
  math::Uint128 sum = 0;
  std::uint64_t seen = 0;
  for (std::size_t i = 1; i < keys.size(); ++i) {
    seen = one_more(seen, keys[i] == keys[i - 1]);
    sum += static_cast<math::Uint128>(seen) * (seen + 1);
  }
  return 3 * sum;
}

// Makes `table` narrow if the keys can and should have it so.
void plan_narrow(GeneTable<std::int32_t>& table, std::span<const std::int32_t> keys) {
  constexpr int kBits = 16;
  constexpr std::size_t kMostKeys = 65'535;
  constexpr std::uint64_t kMeanCompany = 3;
  if (simd_level() != SimdLevel::kAvx512) return;
  if (keys.size() > kMostKeys) return;
  if (keys.empty()) {
    table.narrow = true;
    table.lowest = std::numeric_limits<std::int32_t>::max();  // nothing to find
    return;
  }
  set_buckets(table, keys, most_narrow_buckets(std::ssize(keys)));
  if (table.shift > kBits) return;
  // As in ties_of(): the j-th of its run or bucket, from 0.
  std::uint64_t ties = 0;
  std::uint64_t company = 0;
  std::uint64_t in_run = 0;
  std::uint64_t in_bucket = 0;
  std::uint32_t last = 0;
  for (std::size_t i = 1; i < keys.size(); ++i) {
    const std::uint32_t offset = distance(table.lowest, keys[i]);
    in_run = one_more(in_run, offset == last);
    in_bucket = one_more(in_bucket, ((offset ^ last) >> table.shift) == 0);
    ties += in_run * (in_run + 1);
    company += in_bucket;
    last = offset;
  }
  // Where keys share buckets by the dozen most are equal, and binary search beats walking them.
  if (company > kMeanCompany * keys.size()) return;
  table.narrow = true;
  table.ties = 3 * ties;
}

// start[h] is the number of keys up to bucket h - 1, or 0 where that bucket is empty; becomes the
// number of keys before bucket h.
template <typename Start>
void fill_gaps(Start* start, std::int64_t n) {
  Start seen = 0;
  for (std::int64_t h = 0; h < n; ++h) start[h] = seen = std::max(seen, start[h]);
}

#if defined(__x86_64__)
// May write up to kVector past the end.
__attribute__((target("avx512f,avx512bw"))) void fill_gaps_avx512(std::uint16_t* start,
                                                                  std::int64_t n) {
  const __m512i lane = _mm512_set_epi16(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17,
                                        16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i last = _mm512_set1_epi16(kVector - 1);
  __m512i seen = _mm512_setzero_si512();
  for (std::int64_t h = 0; h < n; h += kVector) {
    __m512i value = _mm512_loadu_si512(start + h);
    for (const int step : {1, 2, 4, 8, 16}) {
      const __m512i from = _mm512_sub_epi16(lane, _mm512_set1_epi16(static_cast<short>(step)));
      const __mmask32 inside = ~__mmask32{0} << step;
      value = _mm512_max_epu16(value, _mm512_maskz_permutexvar_epi16(inside, from, value));
    }
    value = _mm512_max_epu16(value, seen);
    _mm512_storeu_si512(start + h, value);
    seen = _mm512_permutexvar_epi16(last, value);
  }
}
#else
void fill_gaps_avx512(std::uint16_t* start, std::int64_t n) { fill_gaps(start, n); }
#endif

// start[h + 1] = the number of keys up to bucket h, where there are any in it.
template <typename Key, typename Start>
void mark_starts(const GeneTable<Key>& table, std::span<const Key> keys, Start* start,
                 std::int64_t n) {
  std::fill_n(start, n, Start{0});
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto bucket = distance(table.lowest, keys[i]) >> table.shift;
    start[bucket + 1] = static_cast<Start>(i + 1);
  }
}

void fill_narrow(const GeneTable<std::int32_t>& table, std::span<const std::int32_t> keys,
                 std::byte* data) {
  auto* const start = reinterpret_cast<std::uint16_t*>(data);
  mark_starts(table, keys, start, table.narrow_starts());
  fill_gaps_avx512(start, table.narrow_starts());  // before `low`, into which it may run
  std::uint16_t* const low = start + table.narrow_starts();
  const std::uint32_t mask = (std::uint32_t{1} << table.shift) - 1;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    low[i] = static_cast<std::uint16_t>(distance(table.lowest, keys[i]) & mask);
  }
  low[keys.size()] = 0;  // a lookup takes two at a time
}

}  // namespace

template <typename Key>
std::int64_t GeneTable<Key>::n_bytes() const {
  const auto key_bytes = static_cast<std::int64_t>(sizeof(Key));
  const std::int64_t bytes =
      narrow ? (narrow_starts() + n_keys + kVector) * 2 : n_keys * key_bytes + plain_starts() * 4;
  return (bytes + kTableLine - 1) / kTableLine * kTableLine;
}

template <typename Key>
std::int64_t GeneTable<Key>::most_bytes(std::int64_t n) {
  GeneTable table;
  table.n_keys = n;
  table.buckets = static_cast<std::uint32_t>(most_plain_buckets(n));
  const std::int64_t plain = table.n_bytes();
  if (sizeof(Key) != sizeof(std::int32_t)) return plain;
  table.buckets = static_cast<std::uint32_t>(most_narrow_buckets(n));
  table.narrow = true;
  return std::max(plain, table.n_bytes());
}

template <typename Key>
GeneTable<Key> plan_gene_table(std::span<const Key> keys) {
  GeneTable<Key> table;
  table.n_keys = std::ssize(keys);
  table.n_negative = std::ranges::lower_bound(keys, Key{0}) - keys.begin();
  if constexpr (std::is_same_v<Key, std::int32_t>) plan_narrow(table, keys);
  if (table.narrow || keys.empty()) return table;
  set_buckets(table, keys, most_plain_buckets(std::ssize(keys)));
  table.ties = ties_of(keys);
  return table;
}

template <typename Key>
void fill_gene_table(GeneTable<Key>& table, std::span<const Key> keys, std::byte* data) {
  table.data = data;
  if constexpr (std::is_same_v<Key, std::int32_t>) {
    if (table.narrow) return fill_narrow(table, keys, data);
  }
  std::ranges::copy(keys, reinterpret_cast<Key*>(data));
  auto* const start = reinterpret_cast<std::uint32_t*>(data + keys.size_bytes());
  mark_starts(table, keys, start, table.plain_starts());
  fill_gaps(start, table.plain_starts());
}

template <typename Key>
Place GeneTable<Key>::find(Key key) const {
  if (n_keys == 0 || key < lowest) return {};
  const auto offset = distance(lowest, key);
  if ((offset >> shift) >= buckets) return {n_keys, 0};
  const auto bucket = static_cast<std::size_t>(offset >> shift);
  const auto place_in = [](const auto* keys, const auto* begin, const auto* end, auto wanted) {
    const auto* at = std::lower_bound(begin, end, wanted);
    return Place{at - keys, std::upper_bound(at, end, wanted) - at};
  };
  if (narrow) {
    const auto low = static_cast<std::uint16_t>(offset & ((UnsignedOf<Key>{1} << shift) - 1));
    return place_in(narrow_keys(), narrow_keys() + narrow_start()[bucket],
                    narrow_keys() + narrow_start()[bucket + 1], low);
  }
  return place_in(plain_keys(), plain_keys() + plain_start()[bucket],
                  plain_keys() + plain_start()[bucket + 1], key);
}

template struct GeneTable<std::int32_t>;
template struct GeneTable<std::int64_t>;
template GeneTable<std::int32_t> plan_gene_table(std::span<const std::int32_t>);
template GeneTable<std::int64_t> plan_gene_table(std::span<const std::int64_t>);
template void fill_gene_table(GeneTable<std::int32_t>&, std::span<const std::int32_t>, std::byte*);
template void fill_gene_table(GeneTable<std::int64_t>&, std::span<const std::int64_t>, std::byte*);

}  // namespace cupel
