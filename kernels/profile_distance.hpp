#pragma once
#include "cupel/backend.hpp"
#include "cupel/math/profile_distance.hpp"
#include "cupel/math/profile_rows.hpp"

#include "launch.hpp"

// Exact distances on a device, one warp per pair: the warp's lanes are the lanes that
// cupel/math/profile_distance.hpp sums in, so the CPU gets the same bits.
namespace cupel::CUPEL_CUDA_NAMESPACE {

static_assert(math::kDistanceLanes == kWarp);

__device__ inline int lane_of_warp() { return static_cast<int>(threadIdx.x) % kWarp; }

struct ScaledProfile {
  const double* values;
  double scale;  // a power of two: products with it are exact
};

// math::fold_lanes with one lane per thread; every thread gets the sum.
__device__ inline math::DoubleDouble fold_warp(double hi, double lo) {
  math::DoubleDouble sum = math::two_sum(hi, lo);
  for (int half = kWarp / 2; half > 0; half /= 2) {
    const math::DoubleDouble other{__shfl_down_sync(kFullWarp, sum.hi, half),
                                   __shfl_down_sync(kFullWarp, sum.lo, half)};
    sum = math::add(sum, other);
  }
  return {__shfl_sync(kFullWarp, sum.hi, 0), __shfl_sync(kFullWarp, sum.lo, 0)};
}

// Sum over genes of one of math's terms; a gene that is excluded counts as zero on both sides.
template <math::DoubleDouble (*term)(double, double)>
__device__ inline math::DoubleDouble sum_of_warp(ScaledProfile a, ScaledProfile b, std::int64_t n,
                                                 std::int64_t excluded) {
  double hi = 0.0;
  double lo = 0.0;
#pragma unroll 4
  for (std::int64_t k = lane_of_warp(); k < n; k += kWarp) {
    const double x = k == excluded ? 0.0 : a.values[k];
    const double y = k == excluded ? 0.0 : b.values[k];
    math::accumulate(hi, lo, term(x * a.scale, y * b.scale));
  }
  return fold_warp(hi, lo);
}

struct ExactDistance {
  math::Profiles predicted;
  math::Profiles real;
  ProfileDistance distance;
  const double* scale;                         // the panel's
  const math::DoubleDouble* predicted_square;  // squared norms in units of each row's scale, for
  const math::DoubleDouble* real_square;       // the cosine

  // Of predicted row i and real row j without gene `excluded` (or -1), asked for by a whole warp.
  // NaN where a NaN enters.
  __device__ double operator()(std::int64_t i, std::int64_t j, std::int64_t excluded) const {
    if (predicted.has_nan(i, excluded) || real.has_nan(j, excluded)) return math::quiet_nan();
    if (predicted.has_infinite(i, excluded) || real.has_infinite(j, excluded)) {
      return with_infinities(i, j, excluded);
    }
    const std::int64_t n = real.values.cols;
    ScaledProfile a{predicted.values.row(i), *scale};
    ScaledProfile b{real.values.row(j), *scale};
    switch (distance) {
      case ProfileDistance::kL1:
        return math::l1_distance(sum_of_warp<math::l1_term>(a, b, n, excluded));
      case ProfileDistance::kL2:
        return math::l2_distance(sum_of_warp<math::l2_term>(a, b, n, excluded));
      case ProfileDistance::kCosine:
        break;
    }
    a.scale = predicted.rows[i].scale;
    b.scale = real.rows[j].scale;
    const auto square = [&](ScaledProfile x, const math::DoubleDouble& whole) {
      return excluded < 0 ? whole : sum_of_warp<math::dot_term>(x, x, n, excluded);
    };
    return math::cosine_distance(sum_of_warp<math::dot_term>(a, b, n, excluded),
                                 square(a, predicted_square[i]), square(b, real_square[j]));
  }

 private:
  // Infinite, or NaN where infinities meet and for the cosine.
  __device__ double with_infinities(std::int64_t i, std::int64_t j, std::int64_t excluded) const {
    if (distance == ProfileDistance::kCosine) return math::quiet_nan();
    int met = 0;
    for (std::int64_t k = lane_of_warp(); k < real.values.cols; k += kWarp) {
      if (k != excluded && std::isnan(predicted.values(i, k) - real.values(j, k))) met = 1;
    }
    return __any_sync(kFullWarp, met) != 0 ? math::quiet_nan() : math::infinity();
  }
};

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
