#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace cupel {

// Twice the average rank (1-based) of each value: ties share the mean of their places, NaN is the
// largest value and equals itself. Twice, so that every rank is a whole number.
[[nodiscard]] std::vector<std::int64_t> twice_average_ranks(std::span<const double> values);

// Pearson r of the average ranks; NaN for fewer than two points or when a side does not vary.
// Sums are exact integers, so equal orders give exactly 1.
[[nodiscard]] double spearman(std::span<const double> a, std::span<const double> b);

}  // namespace cupel
