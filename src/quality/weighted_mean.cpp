#include "quality/weighted_mean.hpp"

#include <algorithm>
#include <cmath>

namespace cupel::quality {
namespace {

// NaN is not above 0.
double floored(double weight) { return weight > 0.0 ? weight : 0.0; }

}  // namespace

std::vector<double> reliability_weights(std::span<const double> r_full) {
  std::vector<double> weights;
  for (const double r : r_full) weights.push_back(floored(r));
  return weights;
}

std::vector<double> strength_weights(std::span<const double> energy_distance) {
  auto weights = reliability_weights(energy_distance);
  auto sorted = weights;
  std::ranges::sort(sorted);
  const double cap = sorted_quantile(sorted, 0.95);
  for (double& weight : weights) weight = std::min(weight, cap);
  return weights;
}

WeightedMean weighted_mean(std::span<const double> scores, std::span<const double> weights,
                           const Resamples& resamples, const IntervalOptions& options) {
  std::vector<double> weighted(scores.size(), std::nan(""));
  double sum = 0.0;
  double squares = 0.0;
  for (std::size_t p = 0; p < scores.size(); ++p) {
    if (std::isnan(scores[p]) || !(weights[p] > 0.0)) continue;
    weighted[p] = weights[p] * scores[p];
    sum += weights[p];
    squares += weights[p] * weights[p];
  }
  return {estimate_ratio(weighted, weights, resamples, options),
          squares > 0.0 ? sum * sum / squares : 0.0};
}

}  // namespace cupel::quality
