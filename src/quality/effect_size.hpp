#pragma once
#include <cstdint>

#include "quality/rows.hpp"

// How strong a perturbation is, and how much of that is noise (benchmarks.md 3.1, 3.2).
namespace cupel::quality {

// A group of cells gene by gene; `variance` is that of a sample, over n - 1.
struct GroupMoments {
  Row mean;
  Row variance;
  std::int64_t cells = 0;
};

// sum over genes of (mean - control)^2: grows with the noise of either mean.
[[nodiscard]] Score squared_effect(Row mean, Row control);

// sum over genes of the sampling variance of mean - control.
[[nodiscard]] Score squared_noise(const GroupMoments& perturbed, const GroupMoments& control);

// Their difference: its expectation is the true squared effect, 0 under the null; it may be
// negative. Undefined for fewer than two cells on a side.
[[nodiscard]] Score corrected_squared_effect(const GroupMoments& perturbed,
                                             const GroupMoments& control);

// scPerturb's E-distance with sample correction, from moments alone: twice the corrected squared
// effect. It sees means only.
[[nodiscard]] Score corrected_energy_distance(const GroupMoments& perturbed,
                                              const GroupMoments& control);

// Length of a predicted effect in units of what sampling noise alone would show: what a model
// claims about a perturbation that does nothing. 0 is right there; 1 is as large as the noise.
[[nodiscard]] Score claimed_effect(Row predicted_effect, const GroupMoments& perturbed,
                                   const GroupMoments& control);

}  // namespace cupel::quality
