#pragma once
#include "cupel/config.hpp"

namespace cupel {

// The score that ranks a gene for the two areas: -log10 of the prediction's p_adj (not NaN), with
// zeros handled by the rule (cell-eval.md 3.27). `smallest_positive` is that of the
// whole prediction, all perturbations together; 0 if there is none.
[[nodiscard]] double auc_score(double p_adj, const Conventions::De& de, double smallest_positive);

}  // namespace cupel
