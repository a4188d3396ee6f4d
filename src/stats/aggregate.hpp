#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cupel/aggregate.hpp"
#include "cupel/metric.hpp"

namespace cupel {

// A perturbation without a value counts as the metric's worst value, if the rule says so and the
// metric has one; the reason stays.
[[nodiscard]] std::vector<Score> fill_undefined(std::vector<Score> scores, const Metric& metric,
                                                FillRule rule);

// NaN stands for every statistic of no values. Sums run in the order of the scores.
[[nodiscard]] Aggregate aggregate(std::span<const Score> scores, NanInMean nan_in_mean);

// Sum of the numerator over sum of the denominator, over perturbations where both are finite;
// negative ones are kept. Undefined when the two cover different perturbations, when a sum is not
// finite or when the denominator's is not positive (cell-eval.md 3.7).
[[nodiscard]] Score ratio_of_sums(std::span<const Score> numerator,
                                  std::span<const Score> denominator);

}  // namespace cupel
