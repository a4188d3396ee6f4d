#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "quality/rows.hpp"

// Does a prediction tell perturbations apart, or give all the same answer (benchmarks.md 2.7)?
namespace cupel::quality {

// Variance of each gene over perturbations, over n: the curve that Diversity by Design draws.
[[nodiscard]] std::vector<double> variance_over_perturbations(MatrixView<const double> profiles);

// Sum over genes of the prediction's variance over that of the truth: 1 is as diverse as the truth,
// 0 collapsed. The cheapest alarm there is. The same ratio of variances within a perturbation's
// cells says whether a prediction's cells are spread as the real ones are.
[[nodiscard]] Score variance_ratio(Row predicted_variance, Row true_variance);

// exp(entropy) of the eigenvalues of the profiles' scatter about their mean, as shares of their
// sum: 1 where all variation is along one direction. Undefined where nothing varies.
[[nodiscard]] Score effective_rank(MatrixView<const double> profiles);

// Eigenvalues of a symmetric matrix, ascending.
[[nodiscard]] std::vector<double> symmetric_eigenvalues(MatrixView<const double> matrix);

// How many of the top hits (genes of predicted interactions, best first) are of the k genes that
// come most often. Predictions that name the same few genes whatever is perturbed score high.
struct HitConcentration {
  std::int64_t held = 0;
  Score share;
};
[[nodiscard]] HitConcentration hit_concentration(std::span<const std::int32_t> hits,
                                                 std::int32_t most_frequent);

}  // namespace cupel::quality
