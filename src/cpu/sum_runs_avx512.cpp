#include "cpu/sum_runs_avx512.hpp"

#include "cpu/intrinsics.hpp"
#include "cupel/error.hpp"

namespace cupel {

#if defined(__x86_64__)
namespace {

// Corrects the ties of the vector pass, which took every key for a run of one, for the run that
// starts at `begin` and is longer.
std::uint64_t run_correction(const GeneTable<std::int32_t>& table,
                             std::span<const std::int32_t> keys, std::size_t begin) {
  std::size_t end = begin + 1;
  while (end < keys.size() && keys[end] == keys[begin]) ++end;
  const std::uint64_t run = end - begin;
  const auto equal = static_cast<std::uint64_t>(table.find(keys[begin]).equal);
  const auto term = [](std::uint64_t t) { return static_cast<std::uint64_t>(math::tie_term(t)); };
  return term(run + equal) - term(equal) - run * (term(1 + equal) - term(equal));
}

}  // namespace

// Sixteen keys at a time: the bucket's bounds in one gather, then two of its keys per gather until
// no lane has a key left that might be at or below its own. A lane that ends with `below` and
// `equal` adds 2·below + equal to U and, taken alone, 3·equal·(equal + 1) to the ties. All in
// 64 bits modulo 2^64: a narrow table has fewer than 2^16 keys.
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,popcnt"))) GeneSums sum_runs_avx512(
    const GeneTable<std::int32_t>& table, std::span<const std::int32_t> keys) {
  const auto* starts = reinterpret_cast<const int*>(table.narrow_start());
  const auto* lows = reinterpret_cast<const int*>(table.narrow_keys());
  const __m512i lowest = _mm512_set1_epi32(table.lowest);
  const __m512i buckets = _mm512_set1_epi32(static_cast<int>(table.buckets));
  const __m128i shift = _mm_cvtsi32_si128(table.shift);
  const __m512i low_mask = _mm512_set1_epi32((1 << table.shift) - 1);
  const __m512i half = _mm512_set1_epi32(0xffff);
  const __m512i one = _mm512_set1_epi32(1);
  const __m512i two = _mm512_set1_epi32(2);
  __m512i sum = _mm512_setzero_si512();      // 32-bit lanes, emptied into two_u below
  __m512i tie_sum = _mm512_setzero_si512();  // 64-bit lanes: equal·(equal + 1)
  std::uint64_t two_u = 0;
  std::uint64_t corrections = 0;
  const std::size_t n = keys.size();
  for (std::size_t i = 0; i < n; i += 16) {
    const std::size_t left = n - i;
    const auto in = static_cast<__mmask16>(left >= 16 ? 0xffffU : (1U << left) - 1);
    const __m512i key = _mm512_maskz_loadu_epi32(in, keys.data() + i);
    const auto in_next = static_cast<__mmask16>(left > 16 ? 0xffffU : (1U << (left - 1)) - 1);
    const __m512i next = _mm512_maskz_loadu_epi32(in_next, keys.data() + i + 1);
    __mmask16 repeated = _mm512_mask_cmpeq_epi32_mask(in_next, key, next);

    const __mmask16 above = _mm512_mask_cmpge_epi32_mask(in, key, lowest);
    const __m512i offset = _mm512_sub_epi32(key, lowest);
    const __m512i bucket = _mm512_min_epu32(_mm512_srl_epi32(offset, shift), buckets);
    const __m512i bounds =
        _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), above, bucket, starts, 2);
    __m512i at = _mm512_and_si512(bounds, half);
    const __m512i end = _mm512_srli_epi32(bounds, 16);
    const __m512i low = _mm512_and_si512(offset, low_mask);
    __m512i twice = _mm512_add_epi32(at, at);  // 2·below
    __m512i equal = _mm512_setzero_si512();
    __mmask16 active = _mm512_cmplt_epu32_mask(at, end);
    while (active != 0) {
      const __m512i pair = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), active, at, lows, 2);
      const __m512i first = _mm512_and_si512(pair, half);
      const __m512i second = _mm512_srli_epi32(pair, 16);
      const __mmask16 has_second =
          _mm512_mask_cmplt_epu32_mask(active, _mm512_add_epi32(at, one), end);
      twice = _mm512_mask_add_epi32(twice, _mm512_mask_cmplt_epu32_mask(active, first, low), twice,
                                    two);
      twice = _mm512_mask_add_epi32(twice, _mm512_mask_cmplt_epu32_mask(has_second, second, low),
                                    twice, two);
      equal = _mm512_mask_add_epi32(equal, _mm512_mask_cmpeq_epi32_mask(active, first, low), equal,
                                    one);
      equal = _mm512_mask_add_epi32(equal, _mm512_mask_cmpeq_epi32_mask(has_second, second, low),
                                    equal, one);
      at = _mm512_add_epi32(at, two);
      active = _mm512_mask_cmple_epu32_mask(has_second, second, low);
      active = _mm512_mask_cmplt_epu32_mask(active, at, end);
    }
    sum = _mm512_add_epi32(sum, _mm512_add_epi32(twice, equal));
    if (_mm512_test_epi32_mask(equal, equal) != 0) {
      const __m512i more = _mm512_add_epi32(equal, one);
      tie_sum = _mm512_add_epi64(tie_sum, _mm512_mul_epu32(equal, more));
      tie_sum = _mm512_add_epi64(
          tie_sum, _mm512_mul_epu32(_mm512_srli_epi64(equal, 32), _mm512_srli_epi64(more, 32)));
    }
    while (repeated != 0) {
      const auto lane = static_cast<std::size_t>(__builtin_ctz(repeated));
      repeated = static_cast<__mmask16>(repeated & (repeated - 1));
      const std::size_t begin = i + lane;
      if (begin > 0 && keys[begin - 1] == keys[begin]) continue;  // not where its run starts
      corrections += run_correction(table, keys, begin);
    }
    // A lane gains less than 2^18 per vector, so 2^13 of them fit 32 bits.
    if ((i / 16) % 8192 == 8191) {
      two_u += static_cast<std::uint64_t>(_mm512_reduce_add_epi64(_mm512_add_epi64(
          _mm512_srli_epi64(sum, 32), _mm512_and_si512(sum, _mm512_set1_epi64(0xffffffff)))));
      sum = _mm512_setzero_si512();
    }
  }
  two_u += static_cast<std::uint64_t>(_mm512_reduce_add_epi64(_mm512_add_epi64(
      _mm512_srli_epi64(sum, 32), _mm512_and_si512(sum, _mm512_set1_epi64(0xffffffff)))));
  const auto alone = static_cast<std::uint64_t>(_mm512_reduce_add_epi64(tie_sum));
  GeneSums sums;
  sums.two_u = static_cast<std::int64_t>(two_u);
  sums.ties = 3 * alone + corrections;
  return sums;
}
#else
GeneSums sum_runs_avx512(const GeneTable<std::int32_t>& /*table*/,
                         std::span<const std::int32_t> /*keys*/) {
  throw Error(ErrorKind::kInternal, "a narrow gene table on a CPU without AVX-512");
}
#endif

}  // namespace cupel
