#include "quality/noise_ceiling.hpp"

#include <cmath>

#include "quality/correlation.hpp"
#include "quality/reasons.hpp"

namespace cupel::quality {

Score spearman_brown(double r_half) {
  if (std::isnan(r_half)) return Score::undefined(reasons::kNoReliability);
  if (r_half <= -1.0) return Score::undefined(reasons::kOpposedHalves);
  return Score::of(2.0 * r_half / (1.0 + r_half));
}

Score noise_ceiling(double r_full) {
  if (std::isnan(r_full)) return Score::undefined(reasons::kNoReliability);
  if (r_full < 0.0) return Score::undefined(reasons::kUnreliable);
  return Score::of(std::sqrt(r_full));
}

Score fraction_of_ceiling(double correlation, double r_full, double least_reliability) {
  if (std::isnan(correlation)) return Score::undefined(reasons::kNoScore);
  if (std::isnan(r_full)) return Score::undefined(reasons::kNoReliability);
  if (r_full <= 0.0) return Score::undefined(reasons::kUnreliable);
  if (r_full <= least_reliability) return Score::undefined(reasons::kLowCeiling);
  return Score::of(correlation / std::sqrt(r_full));
}

SplitHalf split_half(Row effect_a, Row effect_b) {
  SplitHalf result;
  result.r_half = pearson(effect_a, effect_b);
  result.r_full = spearman_brown(result.r_half.value);
  result.ceiling = noise_ceiling(result.r_full.value);
  return result;
}

}  // namespace cupel::quality
