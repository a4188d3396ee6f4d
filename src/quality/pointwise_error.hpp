#pragma once
#include <cstdint>
#include <vector>

#include "quality/rows.hpp"

// Distances of two profiles, gene by gene (benchmarks.md 2.1). Undefined without genes.
namespace cupel::quality {

[[nodiscard]] Score mean_squared_error(Row prediction, Row truth);
[[nodiscard]] Score root_mean_squared_error(Row prediction, Row truth);
[[nodiscard]] Score mean_absolute_error(Row prediction, Row truth);
// Square root of the sum of squares; what pertpy calls its root mean squared error.
[[nodiscard]] Score l2_distance(Row prediction, Row truth);

// The L2 distance over the first 1, 2, ..., G genes of `order` (Ahlmann-Eltze et al.).
[[nodiscard]] std::vector<double> cumulative_l2(Row prediction, Row truth,
                                                std::span<const std::int32_t> order);

// sum w (prediction - truth)^2 / sum w. Undefined where no gene has a weight.
[[nodiscard]] Score weighted_mse(Row prediction, Row truth, Row weights);

// What sampling so many cells adds to the squared error of any prediction, and all that is left of
// a perfect one: mean over genes of variance / cells. `variance` is that of a sample, over n - 1.
[[nodiscard]] Score sampling_error(Row variance, std::int64_t cells);

// The squared error less that. Its expectation is the error against the true mean; it may be
// negative, and clipping it before averaging would bring the bias back.
[[nodiscard]] Score noise_corrected_mse(Row prediction, Row truth, Row variance,
                                        std::int64_t cells);

}  // namespace cupel::quality
