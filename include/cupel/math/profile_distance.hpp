#pragma once
#include "cupel/math/double_double.hpp"

// The distance of two profiles as ranks see it: the true value of the definition rounded to double,
// so that distances which are equal in mathematics are equal here (cell-eval.md 3.11-3.13).
//
// A sum over genes runs in kDistanceLanes compensated sums, gene k in sum k % kDistanceLanes, which
// fold_lanes then adds up as a binary tree. A gene left out counts as zero in both profiles.
namespace cupel::math {

inline constexpr int kDistanceLanes = 32;

// |a - b| exactly.
CUPEL_HOST_DEVICE inline DoubleDouble l1_term(double a, double b) {
  const DoubleDouble difference = two_sum(a, -b);
  return difference.hi < 0.0 ? negate(difference) : difference;
}

// (a - b)^2 to about 106 bits.
CUPEL_HOST_DEVICE inline DoubleDouble l2_term(double a, double b) {
  const DoubleDouble difference = two_sum(a, -b);
  const DoubleDouble square = two_product(difference.hi, difference.hi);
  return {square.hi, square.lo + 2.0 * difference.hi * difference.lo};
}

// a * b exactly.
CUPEL_HOST_DEVICE inline DoubleDouble dot_term(double a, double b) { return two_product(a, b); }

// Adds a term to a compensated sum.
CUPEL_HOST_DEVICE inline void accumulate(double& hi, double& lo, DoubleDouble term) {
  const DoubleDouble sum = two_sum(hi, term.hi);
  hi = sum.hi;
  lo += sum.lo + term.lo;
}

CUPEL_HOST_DEVICE inline DoubleDouble fold_lanes(const double* hi, const double* lo) {
  DoubleDouble lane[kDistanceLanes];
  for (int k = 0; k < kDistanceLanes; ++k) lane[k] = two_sum(hi[k], lo[k]);
  for (int half = kDistanceLanes / 2; half > 0; half /= 2) {
    for (int k = 0; k < half; ++k) lane[k] = add(lane[k], lane[k + half]);
  }
  return lane[0];
}

CUPEL_HOST_DEVICE inline double l1_distance(DoubleDouble sum) { return sum.hi; }
CUPEL_HOST_DEVICE inline double l2_distance(DoubleDouble sum) { return std::sqrt(sum.hi); }

// 1 - dot / (|a| |b|) in [0, 2]; exactly 1 from or to a profile of zeros. What is too small for the
// extended precision to tell from 0 is 0, so parallel profiles are all at distance 0.
CUPEL_HOST_DEVICE inline double cosine_distance(DoubleDouble dot, DoubleDouble square_a,
                                                DoubleDouble square_b) {
  const bool from_zeros = square_a.hi == 0.0 || square_b.hi == 0.0;
  if (from_zeros && dot.hi == 0.0) return 1.0;  // dot is NaN where a NaN or infinity enters
  const DoubleDouble norms = multiply(square_root(square_a), square_root(square_b));
  const double distance = add({1.0, 0.0}, negate(divide(dot, norms))).hi;
  return distance < 0x1p-92 ? 0.0 : distance > 2.0 ? 2.0 : distance;  // a NaN stays one
}

}  // namespace cupel::math
