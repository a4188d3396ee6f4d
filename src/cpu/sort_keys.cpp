#include "cpu/sort_keys.hpp"

#include <algorithm>
#include <limits>

#include "cpu/intrinsics.hpp"
#include "cpu/radix_sort.hpp"
#include "cpu/simd_level.hpp"

namespace cupel {
namespace {

constexpr std::size_t kRadixPays = 1500;

template <typename Key>
void sort_scalar(std::span<Key> keys, std::span<Key> scratch) {
  if (keys.size() < kRadixPays) {
    std::ranges::sort(keys);
  } else {
    radix_sort(keys, scratch.first(keys.size()), [](Key key) { return unsigned_order(key); });
  }
}

#if defined(__x86_64__)
#define CUPEL_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))

constexpr std::size_t kLanes = 16;

// Compares every lane with the one that `partner` names and keeps the larger in the lanes of
// `larger`.
CUPEL_AVX512 inline __m512i exchange(__m512i v, __m512i partner, __mmask16 larger) {
  const __m512i other = _mm512_permutexvar_epi32(partner, v);
  return _mm512_mask_max_epi32(_mm512_min_epi32(v, other), larger, v, other);
}

CUPEL_AVX512 inline __m512i reversed(__m512i v) {
  const __m512i order = _mm512_set_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm512_permutexvar_epi32(order, v);
}

// Partners at a distance of 8, 4, 2 and 1 lanes: the last steps of every merge.
CUPEL_AVX512 inline __m512i merge_lanes(__m512i v) {
  v = _mm512_mask_max_epi32(_mm512_min_epi32(v, _mm512_shuffle_i64x2(v, v, 0x4e)), 0xff00, v,
                            _mm512_shuffle_i64x2(v, v, 0x4e));
  v = _mm512_mask_max_epi32(_mm512_min_epi32(v, _mm512_shuffle_i64x2(v, v, 0xb1)), 0xf0f0, v,
                            _mm512_shuffle_i64x2(v, v, 0xb1));
  v = _mm512_mask_max_epi32(_mm512_min_epi32(v, _mm512_shuffle_epi32(v, _MM_PERM_BADC)), 0xcccc, v,
                            _mm512_shuffle_epi32(v, _MM_PERM_BADC));
  return _mm512_mask_max_epi32(_mm512_min_epi32(v, _mm512_shuffle_epi32(v, _MM_PERM_CDAB)), 0xaaaa,
                               v, _mm512_shuffle_epi32(v, _MM_PERM_CDAB));
}

CUPEL_AVX512 inline __m512i sort_lanes(__m512i v) {
  const __m512i flip2 = _mm512_set_epi32(14, 15, 12, 13, 10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1);
  const __m512i flip4 = _mm512_set_epi32(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  const __m512i flip8 = _mm512_set_epi32(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  const __m512i flip16 = _mm512_set_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i near2 = _mm512_set_epi32(13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2);
  const __m512i near4 = _mm512_set_epi32(11, 10, 9, 8, 15, 14, 13, 12, 3, 2, 1, 0, 7, 6, 5, 4);
  v = exchange(v, flip2, 0xaaaa);
  v = exchange(v, flip4, 0xcccc);
  v = exchange(v, flip2, 0xaaaa);
  v = exchange(v, flip8, 0xf0f0);
  v = exchange(v, near2, 0xcccc);
  v = exchange(v, flip2, 0xaaaa);
  v = exchange(v, flip16, 0xff00);
  v = exchange(v, near4, 0xf0f0);
  v = exchange(v, near2, 0xcccc);
  return exchange(v, flip2, 0xaaaa);
}

// A bitonic sort of n vectors in memory. Every exchange puts the smaller key at the lower place, so
// places past the end may be taken for the largest key and left out.
CUPEL_AVX512 void sort_vectors(std::int32_t* keys, std::size_t n) {
  const auto load = [&](std::size_t i) __attribute__((always_inline)) { return keys + i * kLanes; };
  for (std::size_t i = 0; i < n; ++i) {
    _mm512_storeu_si512(load(i), sort_lanes(_mm512_loadu_si512(load(i))));
  }
  for (std::size_t block = 2; block / 2 < n; block *= 2) {
    for (std::size_t begin = 0; begin < n; begin += block) {
      for (std::size_t i = 0; i < block / 2; ++i) {
        const std::size_t low = begin + i;
        const std::size_t high = begin + block - 1 - i;
        if (high >= n) continue;
        const __m512i a = _mm512_loadu_si512(load(low));
        const __m512i b = reversed(_mm512_loadu_si512(load(high)));
        _mm512_storeu_si512(load(low), _mm512_min_epi32(a, b));
        _mm512_storeu_si512(load(high), reversed(_mm512_max_epi32(a, b)));
      }
    }
    for (std::size_t stride = block / 4; stride > 0; stride /= 2) {
      for (std::size_t begin = 0; begin + stride < n; begin += 2 * stride) {
        for (std::size_t low = begin; low < begin + stride && low + stride < n; ++low) {
          const __m512i a = _mm512_loadu_si512(load(low));
          const __m512i b = _mm512_loadu_si512(load(low + stride));
          _mm512_storeu_si512(load(low), _mm512_min_epi32(a, b));
          _mm512_storeu_si512(load(low + stride), _mm512_max_epi32(a, b));
        }
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      _mm512_storeu_si512(load(i), merge_lanes(_mm512_loadu_si512(load(i))));
    }
  }
}

CUPEL_AVX512 void sort_avx512(std::span<std::int32_t> keys) {
  const std::size_t whole = keys.size() / kLanes;
  const std::size_t rest = keys.size() % kLanes;
  alignas(64) std::int32_t padded[kRadixPays + kLanes];
  std::ranges::copy(keys, padded);
  std::fill_n(padded + keys.size(), kLanes - rest, std::numeric_limits<std::int32_t>::max());
  sort_vectors(padded, whole + (rest > 0 ? 1 : 0));
  std::copy_n(padded, keys.size(), keys.data());
}
#endif

}  // namespace

void sort_keys(std::span<std::int32_t> keys, std::span<std::int32_t> scratch) {
#if defined(__x86_64__)
  if (keys.size() < kRadixPays && simd_level() == SimdLevel::kAvx512) return sort_avx512(keys);
#endif
  sort_scalar(keys, scratch);
}

void sort_keys(std::span<std::int64_t> keys, std::span<std::int64_t> scratch) {
  sort_scalar(keys, scratch);
}

}  // namespace cupel
