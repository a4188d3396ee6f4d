#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cupel/metric.hpp"

namespace cupel {

// A perturbation without a value counts as the metric's worst value, if the rule says so and the
// metric has one; the reason stays.
[[nodiscard]] std::vector<Score> fill_undefined(std::vector<Score> scores, const Metric& metric,
                                                FillRule rule);

// The rows of a metric's aggregate. `count` is of perturbations with a row, NaN or not; `missing`
// of those without one. The statistics are over values that are not NaN, except where NaN
// propagates.
struct Aggregate {
  std::int64_t count = 0;
  std::int64_t missing = 0;
  std::int64_t undefined = 0;  // of `count`, those that are NaN
  double mean = 0.0;
  double standard_deviation = 0.0;  // of a sample: over n - 1
  double least = 0.0;
  double greatest = 0.0;
  double median = 0.0;
  // As cell-eval's describe() has them: the nearest row in order, NaN counted as the largest value.
  double quarter = 0.0;
  double half = 0.0;
  double three_quarters = 0.0;
};

// NaN stands for every statistic of no values. Sums run in the order of the scores.
[[nodiscard]] Aggregate aggregate(std::span<const Score> scores, NanInMean nan_in_mean);

// Sum of the numerator over sum of the denominator, over perturbations where both are finite;
// negative ones are kept. Undefined when the two cover different perturbations, when a sum is not
// finite or when the denominator's is not positive (cell-eval.md 3.7).
[[nodiscard]] Score ratio_of_sums(std::span<const Score> numerator,
                                  std::span<const Score> denominator);

}  // namespace cupel
