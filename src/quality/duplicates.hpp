#pragma once
#include <vector>

#include "quality/rows.hpp"

// Predictions that know the answer: positive controls made of a second half of a perturbation's
// cells (baselines-splits-audits.md A14). The technical duplicate is the mean of that half as it
// is; the first half is then the truth, and no cell is in both.
namespace cupel::quality {

// alpha * duplicate + (1 - alpha) * mean with alpha = 1 - p_adj per gene: the duplicate where it
// tells a gene from the mean of other perturbations, else that mean, which is less noisy. A p_adj
// that is NaN has alpha 0. `p_adj` comes from the duplicate's own half.
[[nodiscard]] std::vector<double> interpolated_duplicate(Row duplicate, Row mean, Row p_adj);

// The same for every perturbation; `mean` has one row for all, or one per perturbation.
[[nodiscard]] Matrix<double> interpolated_duplicates(MatrixView<const double> duplicate,
                                                     MatrixView<const double> mean,
                                                     MatrixView<const double> p_adj);

}  // namespace cupel::quality
