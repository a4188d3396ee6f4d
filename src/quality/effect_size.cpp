#include "quality/effect_size.hpp"

#include <cmath>

#include "quality/reasons.hpp"

namespace cupel::quality {

Score squared_effect(Row mean, Row control) {
  if (mean.empty()) return Score::undefined(reasons::kNoGenes);
  double sum = 0.0;
  for (std::size_t g = 0; g < mean.size(); ++g) {
    sum += (mean[g] - control[g]) * (mean[g] - control[g]);
  }
  return checked(sum);
}

Score squared_noise(const GroupMoments& perturbed, const GroupMoments& control) {
  if (perturbed.mean.empty()) return Score::undefined(reasons::kNoGenes);
  if (perturbed.cells < 2 || control.cells < 2) return Score::undefined(reasons::kTooFewCells);
  const auto n = static_cast<double>(perturbed.cells);
  const auto n_control = static_cast<double>(control.cells);
  double sum = 0.0;
  for (std::size_t g = 0; g < perturbed.mean.size(); ++g) {
    sum += perturbed.variance[g] / n + control.variance[g] / n_control;
  }
  return checked(sum);
}

Score corrected_squared_effect(const GroupMoments& perturbed, const GroupMoments& control) {
  const Score noise = squared_noise(perturbed, control);
  if (!noise.defined()) return noise;
  return checked(squared_effect(perturbed.mean, control.mean).value - noise.value);
}

Score corrected_energy_distance(const GroupMoments& perturbed, const GroupMoments& control) {
  Score effect = corrected_squared_effect(perturbed, control);
  effect.value *= 2.0;
  return effect;
}

Score claimed_effect(Row predicted_effect, const GroupMoments& perturbed,
                     const GroupMoments& control) {
  const Score noise = squared_noise(perturbed, control);
  if (!noise.defined()) return noise;
  if (noise.value == 0.0) return Score::undefined(reasons::kNoNoise);
  double sum = 0.0;
  for (const double effect : predicted_effect) sum += effect * effect;
  return checked(std::sqrt(sum / noise.value));
}

}  // namespace cupel::quality
