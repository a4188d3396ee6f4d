#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "quality/rows.hpp"

// Means of perturbations, as a reference for effects or as a prediction (benchmarks.md 1.2). The
// two weightings are different vectors, and benchmarks use both.
namespace cupel::quality {

// Every perturbation counts the same (Systema's reference of effects). NaN without perturbations.
[[nodiscard]] std::vector<double> centroid_mean(MatrixView<const double> means);

// Every cell counts the same (Systema's "non-control mean" prediction).
[[nodiscard]] std::vector<double> cell_weighted_mean(MatrixView<const double> means,
                                                     std::span<const std::int64_t> cells);

// For each perturbation the mean of all others, each counting the same; NaN where there is none.
[[nodiscard]] Matrix<double> leave_one_out_means(MatrixView<const double> means);

}  // namespace cupel::quality
