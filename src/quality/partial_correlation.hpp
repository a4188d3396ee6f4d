#pragma once
#include <span>

#include "quality/rows.hpp"

namespace cupel::quality {

// Does a prediction know more than main effects (Turbine's bias detector; benchmarks.md 1.17)?
// Pearson of what is left of target and prediction after least squares on a constant and the
// covariates, such as each context's and each perturbation's mean: an additive model, that may
// correlate at .99 with the target, has nothing left. Undefined there, and where the target has
// nothing left; the original reports 0.
[[nodiscard]] Score partial_pearson(Row target, Row prediction, std::span<const Row> covariates);

}  // namespace cupel::quality
