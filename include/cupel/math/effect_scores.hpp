#pragma once
#include <cmath>
#include <cstdint>

#include "cupel/host_device.hpp"
#include "cupel/math/float_bits.hpp"

// Scores of a predicted effect p of true effect y from inner products and sums over genes, and of
// ridge regression with the effect's own row left out of the fit (performance.md 3 vi): the
// formulas that every backend evaluates in this form, so that equal sums give equal scores.
namespace cupel::math {

// NaN where undefined: a prediction that is NaN; a correlation with a profile that does not vary; a
// cosine with zero; discrimination with a single candidate.
struct EffectScores {
  double mse, pearson, cosine, pds_l2, pds_cosine;
};
inline constexpr int kEffectScores = 5;

// A profile whose variance is below this share of its square does not vary but by rounding.
inline constexpr double kFlat = 1e-20;
// A row with less than this left of itself decides its own prediction.
inline constexpr double kDecides = 1e-11;

struct PredictedEffect {
  double with_own;       // <p, y>
  double squared_error;  // |p - y|²
  double squared_norm;   // |p|²
  double sum;            // over genes
};
struct TrueEffect {
  double square;  // |y|²
  double sum;     // over genes
};
// How many candidates are nearer to the prediction than the true effect is, and how many as near,
// itself among them.
struct Nearness {
  double nearer, equal;
};

// 1 - rank / (n - 1) of the true effect among n candidates, equal distances counting half
// (cell-eval.md 3.11-3.13).
CUPEL_HOST_DEVICE inline double discrimination(Nearness at, std::int64_t n) {
  if (n < 2) return quiet_nan();
  return 1.0 - (at.nearer + (at.equal - 1.0) / 2.0) / static_cast<double>(n - 1);
}

// Of a candidate y_j, but for what all candidates of a prediction share: |y_j|² - 2 <p, y_j> of the
// squared distance, and -<p, y_j> / |y_j| of the cosine distance; 0 from a zero profile.
CUPEL_HOST_DEVICE inline double l2_key(double with, double square) { return -2.0 * with + square; }
CUPEL_HOST_DEVICE inline double cosine_scale(double square) {
  return square > 0.0 ? -1.0 / std::sqrt(square) : 0.0;
}
CUPEL_HOST_DEVICE inline double cosine_key(double with, double scale) { return scale * with; }

CUPEL_HOST_DEVICE inline EffectScores effect_scores(const PredictedEffect& p, const TrueEffect& y,
                                                    std::int64_t genes, Nearness l2,
                                                    Nearness cosine, std::int64_t candidates) {
  const double nan = quiet_nan();
  if (!std::isfinite(p.squared_error)) return {nan, nan, nan, nan, nan};
  const auto n = static_cast<double>(genes);
  const double variance = p.squared_norm - p.sum * p.sum / n;
  const double true_variance = y.square - y.sum * y.sum / n;
  const bool varies = variance > kFlat * p.squared_norm && true_variance > kFlat * y.square;
  return {p.squared_error / n,
          varies ? (p.with_own - p.sum * y.sum / n) / std::sqrt(variance * true_variance) : nan,
          p.squared_norm > 0.0 && y.square > 0.0 ? p.with_own / std::sqrt(p.squared_norm * y.square)
                                                 : nan,
          discrimination(l2, candidates), discrimination(cosine, candidates)};
}

// --- predictions for a penalty ---

// |p - y|², which rounding may leave below 0.
CUPEL_HOST_DEVICE inline double held_out_error(double squared_norm, double with_own,
                                               double square) {
  const double error = squared_norm - 2.0 * with_own + square;
  return error < 0.0 ? 0.0 : error;
}

// --- rows left out of a ridge regression ---

CUPEL_HOST_DEVICE inline double penalty_filter(double value, double penalty) {
  return penalty / (value + penalty);
}
// What a residual of the fit to all rows is multiplied by, of a row left out by itself; NaN where
// the row decides its fit.
CUPEL_HOST_DEVICE inline double left_out_factor(double left) {
  return left > kDecides ? 1.0 / left : quiet_nan();
}
// <p, y_j> from <y, y_j> and the residual's two parts, what is out of the kernel's reach and what
// is not.
CUPEL_HOST_DEVICE inline double left_out_product(double truth, double perp, double reached,
                                                 double factor) {
  return truth - factor * (perp + reached);
}
// |p - y|² from the residual's square.
CUPEL_HOST_DEVICE inline double left_out_error(double square, double factor) {
  return (square < 0.0 ? 0.0 : square) * factor * factor;
}
// |p|² of p = y - e: |y|² - 2 <e, y> + |e|², and <e, y> = |y|² - <p, y>.
CUPEL_HOST_DEVICE inline double left_out_norm(double with_own, double square,
                                              double squared_error) {
  return 2.0 * with_own - square + squared_error;
}

}  // namespace cupel::math
