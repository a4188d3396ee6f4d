#include "cpu/count_runs.hpp"

#include <algorithm>
#include <array>

#include "cpu/intrinsics.hpp"
#include "cpu/simd_level.hpp"

namespace cupel {
namespace {

constexpr std::uint32_t kLanesPerVector = 32;  // 16-bit lanes

#if defined(__x86_64__)
// out[c] gets the genes of count c + 1 (c < 4), rest_* the others; lengths has five counters.
// Every output has room for n + kLanesPerVector.
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,popcnt"))) void peel_avx512(
    const std::uint16_t* genes, const std::uint16_t* counts, std::uint32_t n,
    std::uint16_t* const* out, std::uint16_t* rest_genes, std::uint16_t* rest_counts,
    std::uint32_t* lengths) {
  std::uint32_t n1 = 0;
  std::uint32_t n2 = 0;
  std::uint32_t n3 = 0;
  std::uint32_t n4 = 0;
  std::uint32_t rest = 0;
  for (std::uint32_t i = 0; i < n; i += kLanesPerVector) {
    const __mmask32 in = n - i >= kLanesPerVector ? ~__mmask32{0} : (__mmask32{1} << (n - i)) - 1;
    const __m512i gene = _mm512_maskz_loadu_epi16(in, genes + i);
    const __m512i count = _mm512_maskz_loadu_epi16(in, counts + i);
    const __mmask32 is1 = _mm512_mask_cmpeq_epi16_mask(in, count, _mm512_set1_epi16(1));
    const __mmask32 is2 = _mm512_mask_cmpeq_epi16_mask(in, count, _mm512_set1_epi16(2));
    const __mmask32 is3 = _mm512_mask_cmpeq_epi16_mask(in, count, _mm512_set1_epi16(3));
    const __mmask32 is4 = _mm512_mask_cmpeq_epi16_mask(in, count, _mm512_set1_epi16(4));
    const __mmask32 other = in & ~(is1 | is2 | is3 | is4);
    _mm512_storeu_si512(out[0] + n1, _mm512_maskz_compress_epi16(is1, gene));
    _mm512_storeu_si512(out[1] + n2, _mm512_maskz_compress_epi16(is2, gene));
    _mm512_storeu_si512(out[2] + n3, _mm512_maskz_compress_epi16(is3, gene));
    _mm512_storeu_si512(out[3] + n4, _mm512_maskz_compress_epi16(is4, gene));
    _mm512_storeu_si512(rest_genes + rest, _mm512_maskz_compress_epi16(other, gene));
    _mm512_storeu_si512(rest_counts + rest, _mm512_maskz_compress_epi16(other, count));
    n1 += static_cast<std::uint32_t>(_mm_popcnt_u32(is1));
    n2 += static_cast<std::uint32_t>(_mm_popcnt_u32(is2));
    n3 += static_cast<std::uint32_t>(_mm_popcnt_u32(is3));
    n4 += static_cast<std::uint32_t>(_mm_popcnt_u32(is4));
    rest += static_cast<std::uint32_t>(_mm_popcnt_u32(other));
  }
  lengths[0] = n1;
  lengths[1] = n2;
  lengths[2] = n3;
  lengths[3] = n4;
  lengths[4] = rest;
}
#endif

}  // namespace

std::span<const CountRuns::Run> CountRuns::split(const std::uint16_t* genes,
                                                 const std::uint16_t* counts, std::uint32_t n,
                                                 std::uint16_t* out) {
  runs_.clear();
  if (simd_level() == SimdLevel::kAvx512) {
    const std::uint32_t moved = peel(genes, counts, n, out);
    split_rest(rest_genes_.data(), rest_counts_.data(), rest_, out + moved);
  } else {
    split_rest(genes, counts, n, out);
  }
  return runs_;
}

std::uint32_t CountRuns::peel([[maybe_unused]] const std::uint16_t* genes,
                              [[maybe_unused]] const std::uint16_t* counts,
                              [[maybe_unused]] std::uint32_t n,
                              [[maybe_unused]] std::uint16_t* out) {
  std::uint32_t moved = 0;
#if defined(__x86_64__)
  if (rest_genes_.size() < n + kLanesPerVector) {
    for (auto& genes_of_count : peeled_) genes_of_count.resize(2 * (n + kLanesPerVector));
    rest_genes_.resize(2 * (n + kLanesPerVector));
    rest_counts_.resize(2 * (n + kLanesPerVector));
  }
  std::array<std::uint16_t*, kPeeled> peeled{};
  std::ranges::transform(peeled_, peeled.begin(), [](auto& of_count) { return of_count.data(); });
  std::array<std::uint32_t, kPeeled + 1> lengths{};
  peel_avx512(genes, counts, n, peeled.data(), rest_genes_.data(), rest_counts_.data(),
              lengths.data());
  for (std::uint16_t c = 0; c < kPeeled; ++c) {
    if (lengths[c] == 0) continue;
    std::copy_n(peeled[c], lengths[c], out + moved);
    runs_.push_back({static_cast<std::uint16_t>(c + 1), lengths[c]});
    moved += lengths[c];
  }
  rest_ = lengths[kPeeled];
#endif
  return moved;
}

void CountRuns::split_rest(const std::uint16_t* genes, const std::uint16_t* counts, std::uint32_t n,
                           std::uint16_t* out) {
  constexpr std::uint16_t kSmall = 256;
  std::array<std::uint32_t, kSmall + 1> next{};  // the last: all counts of kSmall and above
  for (std::uint32_t i = 0; i < n; ++i) ++next[std::min(counts[i], kSmall)];
  std::uint32_t begin = 0;
  for (std::uint16_t count = 0; count <= kSmall; ++count) {
    const std::uint32_t length = next[count];
    next[count] = begin;
    begin += length;
    if (length > 0 && count < kSmall) runs_.push_back({count, length});
  }
  for (std::uint32_t i = 0; i < n; ++i) {
    out[next[std::min(counts[i], kSmall)]++] = genes[i];
    if (counts[i] >= kSmall) runs_.push_back({counts[i], 1});
  }
}

}  // namespace cupel
