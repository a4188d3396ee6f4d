#pragma once
#include "quality/rows.hpp"

// What the best possible model could reach against a noisy truth (benchmarks.md 3.5). `r_half` is
// the correlation of the effects in two halves of a perturbation's cells, each against its own half
// of the control cells (control_halves.hpp).
namespace cupel::quality {

// Spearman-Brown: the correlation of two measurements as large as both halves together,
// 2 r / (1 + r). Unlike full_length_reliability of scale/, 0 stays 0 and negative stays negative:
// that is what perturbations without an effect look like.
[[nodiscard]] Score spearman_brown(double r_half);

// Expected correlation of a perfect model with the whole noisy truth, sqrt(r_full). Half of the
// cells as a predictor reach only r_half, so a model above the technical duplicate is normal.
// Undefined where r_full is negative.
[[nodiscard]] Score noise_ceiling(double r_full);

// A correlation with the truth as a fraction of its ceiling. Only where r_full is above
// `least_reliability`: below, it is a quotient of two small numbers. May exceed 1.
[[nodiscard]] Score fraction_of_ceiling(double correlation, double r_full,
                                        double least_reliability = 0.2);

// All three from the effects in two halves.
struct SplitHalf {
  Score r_half;
  Score r_full;
  Score ceiling;
};
[[nodiscard]] SplitHalf split_half(Row effect_a, Row effect_b);

}  // namespace cupel::quality
