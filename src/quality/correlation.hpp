#pragma once
#include <cstdint>
#include <vector>

#include "quality/rows.hpp"

// Agreement of two profiles across genes (benchmarks.md 2.2). `weights` are per gene, not negative
// and in any unit; none means that all genes count the same.
namespace cupel::quality {

// Undefined where either side does not vary over the genes that have a weight: the effect of the
// mean baseline about that mean, for one. Some benchmarks read that as 0; it is not.
[[nodiscard]] Score pearson(Row x, Row y, Row weights = {});

// 1 - sum w (truth - prediction)^2 / sum w (truth - weighted mean of truth)^2. Not symmetric: some
// benchmarks pass the two the other way round. Of a truth that does not vary it is by rule 1 for an
// exact prediction and 0 otherwise. Undefined for fewer than two genes. If no gene has a weight,
// all count the same, by rule.
[[nodiscard]] Score r_squared(Row truth, Row prediction, Row weights = {});

// Undefined where a side has no length: the effect of "nothing changes".
[[nodiscard]] Score cosine(Row x, Row y);

// Pearson of average ranks.
[[nodiscard]] Score rank_correlation(Row x, Row y);

// log2(mean + pseudocount) - log2(control + pseudocount) per gene. PerturBench's 0.1 is added to
// means of logarithms, so its result is not a fold change in the usual sense.
[[nodiscard]] std::vector<double> log2_ratio(Row mean, Row control, double pseudocount = 0.1);

// log((treated + epsilon) / (control + epsilon)) per gene (cz-benchmarks).
[[nodiscard]] std::vector<double> log_ratio(Row treated, Row control, double epsilon = 1e-8);

// Predicted and true profiles, perturbations × genes, and what their effects are measured from.
struct Effects {
  MatrixView<const double> prediction;
  MatrixView<const double> truth;
  MatrixView<const double> reference;  // one row for all, or one per perturbation
  MatrixView<const double> weights{};  // no row, one for all, or one per perturbation
};

[[nodiscard]] std::vector<Score> effect_pearson(const Effects& effects);
[[nodiscard]] std::vector<Score> effect_r_squared(const Effects& effects);
// These two have no weighted form.
[[nodiscard]] std::vector<Score> effect_cosine(const Effects& effects);
[[nodiscard]] std::vector<Score> effect_rank_correlation(const Effects& effects);

}  // namespace cupel::quality
