#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "uncertainty/bootstrap.hpp"

// Perturbations weighted by how much there is to predict (benchmarks.md 3.4).
namespace cupel::quality {

// r_full, 0 where it is negative or undefined.
[[nodiscard]] std::vector<double> reliability_weights(std::span<const double> r_full);

// The corrected E-distance to the control, 0 where it is negative or undefined, and at most its
// 95 % quantile over the perturbations, so that a few huge effects are not all that counts.
[[nodiscard]] std::vector<double> strength_weights(std::span<const double> energy_distance);

struct WeightedMean {
  Estimate mean;                 // n counts perturbations with a score and a weight above 0
  double effective_count = 0.0;  // (sum w)^2 / sum w^2 over those: as many equal ones say as much
};

// sum w s / sum w over perturbations that have a score.
[[nodiscard]] WeightedMean weighted_mean(std::span<const double> scores,
                                         std::span<const double> weights,
                                         const Resamples& resamples,
                                         const IntervalOptions& options = {});

}  // namespace cupel::quality
