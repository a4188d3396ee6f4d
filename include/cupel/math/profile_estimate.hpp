#pragma once
#include <cmath>
#include <cstdint>

#include "cupel/math/profile_rows.hpp"

// Where a real profile lies as seen from a predicted one, as far as sums of known error tell; the
// rest is for exact distances (profile_distance.hpp) to decide.
namespace cupel::math {

// A distance, squared where the distance is L2, that is known to within `error`; exact if that is
// 0.
struct Estimate {
  double value;
  double error;
};

// How far a sum over genes may be from the true one: `of_size` times the size of its terms (the L1
// norms of both profiles for L1, the product of their lengths for products) and, for L1, `of_sum`
// times the sum.
struct SumError {
  double of_sum;
  double of_size;
};
inline constexpr double kSumUnderflow = 0x1p-120;  // float's subnormals, over 2^29 genes

// Against the distance to the match. NaN distances come after all others and tie with each other.
enum class Place : std::uint8_t { kNearer, kEqual, kFarther, kUndecided };

CUPEL_HOST_DEVICE inline Place place_exact(double distance, double own) {
  if (std::isnan(own)) return std::isnan(distance) ? Place::kEqual : Place::kNearer;
  return distance < own ? Place::kNearer : distance == own ? Place::kEqual : Place::kFarther;
}

// `wanted` is the distance to the match, squared where the estimate is.
CUPEL_HOST_DEVICE inline Place place_estimate(Estimate near, double wanted) {
  if (near.value > wanted + near.error) return Place::kFarther;
  if (near.value < wanted - near.error) return Place::kNearer;
  return near.error == 0.0 ? Place::kEqual : Place::kUndecided;
}

// Both sides of a ranking. Sums are of profiles times `scale` for L1 and of unit profiles for
// products; a gene that is left out was part of them.
struct ProfilePanel {
  Profiles predicted;
  Profiles real;
  double scale;  // power of two that all distances of the panel share
  SumError error;

  // Of pairs without an infinity. `sum` is that of |a - b|.
  [[nodiscard]] CUPEL_HOST_DEVICE Estimate l1(double sum, std::int64_t i, std::int64_t j,
                                              std::int64_t excluded) const {
    const double out = predicted.left_out(i, excluded, scale) - real.left_out(j, excluded, scale);
    const double size = (predicted.rows[i].l1 + real.rows[j].l1) * scale;
    return {sum - std::fabs(out), error.of_sum * sum + error.of_size * size + 2.0 * kSumUnderflow};
  }

  // `cosine` is the sum of a · b. Here and below errors are doubled: that leaves room for the
  // handful of roundings in double on the way, at 2^-53 each, and for that of the exact distance.
  [[nodiscard]] CUPEL_HOST_DEVICE Estimate l2(double cosine, std::int64_t i, std::int64_t j,
                                              std::int64_t excluded) const {
    const double out = predicted.left_out(i, excluded, scale) - real.left_out(j, excluded, scale);
    const double a = predicted.rows[i].norm * (scale / predicted.rows[i].scale);
    const double b = real.rows[j].norm * (scale / real.rows[j].scale);
    const double value = a * a + b * b - 2.0 * a * b * cosine - out * out;
    const double product = 2.0 * a * b * error.of_size;
    return {value, 2.0 * (product + 1e-12 * (a + b) * (a + b) + kSumUnderflow)};
  }

  [[nodiscard]] CUPEL_HOST_DEVICE Estimate cosine(double cosine, std::int64_t i, std::int64_t j,
                                                  std::int64_t excluded) const {
    if (predicted.all_zero(i, excluded) || real.all_zero(j, excluded)) return {1.0, 0.0};
    const double product = error.of_size + kSumUnderflow;
    if (excluded < 0) return {1.0 - cosine, 2.0 * product};
    const double a = predicted.left_out(i, excluded, predicted.rows[i].to_unit());
    const double b = real.left_out(j, excluded, real.rows[j].to_unit());
    const double rest = (1.0 - a * a) * (1.0 - b * b);
    constexpr double kSomething = 1e-3;  // less than this of either row left is decided exactly
    if (1.0 - a * a < kSomething || 1.0 - b * b < kSomething) {
      return {0.0, infinity()};
    }
    return {1.0 - (cosine - a * b) / std::sqrt(rest), 2.0 * (product + 1e-8) / std::sqrt(rest)};
  }

  // Where the pair lies, `own` being predicted row i's exact distance to its match; `estimate` is
  // asked for an Estimate where it can be had.
  template <typename Ask>
  [[nodiscard]] CUPEL_HOST_DEVICE Place place(std::int64_t i, std::int64_t j, std::int64_t excluded,
                                              double own, bool squared, Ask estimate) const {
    if (predicted.has_infinite(i, excluded) || real.has_infinite(j, excluded)) {
      return Place::kUndecided;
    }
    if (predicted.has_nan(i, excluded) || real.has_nan(j, excluded)) {
      return place_exact(quiet_nan(), own);
    }
    if (std::isnan(own)) return Place::kNearer;  // NaN is farther than any number
    return place_estimate(estimate(), squared ? own * own : own);
  }
};

}  // namespace cupel::math
