#include "cpu/profile_tile_kernels.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
// GCC 12 takes the intrinsics' own undefined operands for a mistake of ours.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#endif

namespace cupel {
namespace {

// --- plain loops, for any CPU ---

constexpr std::int64_t kPlainLanes = 8;

template <bool kProduct>
void plain(const float* a, std::int64_t a_rows, const float* b, std::int64_t b_rows,
           std::int64_t depth, double* sums, std::int64_t stride) {
  for (std::int64_t i = 0; i < a_rows; ++i) {
    for (std::int64_t j = 0; j < b_rows; ++j) {
      const float* x = a + i * depth;
      const float* y = b + j * depth;
      float lane[kPlainLanes] = {};
      for (std::int64_t k = 0; k < depth; k += kPlainLanes) {
        for (std::int64_t l = 0; l < kPlainLanes; ++l) {
          lane[l] += kProduct ? x[k + l] * y[k + l] : x[k + l] > y[k + l] ? x[k + l] : y[k + l];
        }
      }
      double sum = 0.0;
      for (const float part : lane) sum += static_cast<double>(part);
      sums[i * stride + j] += sum;
    }
  }
}

#if defined(__x86_64__)

// --- AVX2: 4 × 2 rows of registers ---

template <bool kProduct>
__attribute__((target("avx2,fma"))) void avx2(const float* a, std::int64_t a_rows, const float* b,
                                              std::int64_t b_rows, std::int64_t depth, double* sums,
                                              std::int64_t stride) {
  for (std::int64_t j = 0; j < b_rows; j += 2) {
    for (std::int64_t i = 0; i < a_rows; i += 4) {
      __m256 sum[4][2];
      for (auto& row : sum) row[0] = row[1] = _mm256_setzero_ps();
      for (std::int64_t k = 0; k < depth; k += 8) {
        const __m256 y0 = _mm256_load_ps(b + j * depth + k);
        const __m256 y1 = _mm256_load_ps(b + (j + 1) * depth + k);
        for (std::int64_t r = 0; r < 4; ++r) {
          const __m256 x = _mm256_load_ps(a + (i + r) * depth + k);
          if constexpr (kProduct) {
            sum[r][0] = _mm256_fmadd_ps(x, y0, sum[r][0]);
            sum[r][1] = _mm256_fmadd_ps(x, y1, sum[r][1]);
          } else {
            sum[r][0] = _mm256_add_ps(sum[r][0], _mm256_max_ps(x, y0));
            sum[r][1] = _mm256_add_ps(sum[r][1], _mm256_max_ps(x, y1));
          }
        }
      }
      for (std::int64_t r = 0; r < 4; ++r) {
        for (std::int64_t c = 0; c < 2; ++c) {
          alignas(32) float lane[8];
          _mm256_store_ps(lane, sum[r][c]);
          sums[(i + r) * stride + j + c] +=
              static_cast<double>(((lane[0] + lane[4]) + (lane[1] + lane[5])) +
                                  ((lane[2] + lane[6]) + (lane[3] + lane[7])));
        }
      }
    }
  }
}

// --- AVX-512: 4 × 4 rows of registers ---

// Sums of four registers, as doubles.
__attribute__((target("avx512f"))) inline __m256d reduce(const __m512* row) {
  const __m512 pair0 =
      _mm512_add_ps(_mm512_unpacklo_ps(row[0], row[1]), _mm512_unpackhi_ps(row[0], row[1]));
  const __m512 pair1 =
      _mm512_add_ps(_mm512_unpacklo_ps(row[2], row[3]), _mm512_unpackhi_ps(row[2], row[3]));
  const __m512d all = _mm512_castps_pd(
      _mm512_add_ps(_mm512_shuffle_ps(pair0, pair1, 0x44), _mm512_shuffle_ps(pair0, pair1, 0xee)));
  const __m256 half = _mm256_add_ps(_mm256_castpd_ps(_mm512_castpd512_pd256(all)),
                                    _mm256_castpd_ps(_mm512_extractf64x4_pd(all, 1)));
  return _mm256_cvtps_pd(_mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1)));
}

template <bool kProduct>
__attribute__((target("avx512f"))) void avx512(const float* a, std::int64_t a_rows, const float* b,
                                               std::int64_t b_rows, std::int64_t depth,
                                               double* sums, std::int64_t stride) {
  for (std::int64_t j = 0; j < b_rows; j += 4) {
    for (std::int64_t i = 0; i < a_rows; i += 4) {
      __m512 sum[4][4];
      for (auto& row : sum) {
        for (auto& one : row) one = _mm512_setzero_ps();
      }
      for (std::int64_t k = 0; k < depth; k += 16) {
        __m512 y[4];
        for (std::int64_t c = 0; c < 4; ++c) y[c] = _mm512_load_ps(b + (j + c) * depth + k);
        for (std::int64_t r = 0; r < 4; ++r) {
          const __m512 x = _mm512_load_ps(a + (i + r) * depth + k);
          for (std::int64_t c = 0; c < 4; ++c) {
            if constexpr (kProduct) {
              sum[r][c] = _mm512_fmadd_ps(x, y[c], sum[r][c]);
            } else {
              sum[r][c] = _mm512_add_ps(sum[r][c], _mm512_max_ps(x, y[c]));
            }
          }
        }
      }
      for (std::int64_t r = 0; r < 4; ++r) {
        double* to = sums + (i + r) * stride + j;
        _mm256_storeu_pd(to, _mm256_add_pd(_mm256_loadu_pd(to), reduce(sum[r])));
      }
    }
  }
}

#endif

std::vector<TileKernel> kernels_of_this_cpu() {
  std::vector<TileKernel> kernels;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") != 0) kernels.push_back({avx512<true>, avx512<false>, 16});
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
    kernels.push_back({avx2<true>, avx2<false>, 8});
  }
#endif
  kernels.push_back({plain<true>, plain<false>, kPlainLanes});
  return kernels;
}

}  // namespace

const std::vector<TileKernel>& tile_kernels() {
  static const std::vector<TileKernel> kernels = kernels_of_this_cpu();
  return kernels;
}

}  // namespace cupel
