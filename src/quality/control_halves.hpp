#pragma once
#include <vector>

#include "quality/rows.hpp"

// Two effects that are measured from one control share that control's noise, so they correlate even
// if neither perturbation does anything (vcbench-and-turbine.md 3, row 48). Measured from two
// halves of the control that share no cell, they do not.
namespace cupel::quality {

// Pearson of (prediction - control_a) and (truth - control_b), averaged with that of
// (prediction - control_b) and (truth - control_a). The halves' means must not be in the prediction
// by another way: one that was made by adding an effect to the mean of all control cells still
// shares their noise. The halves are noisier than the whole control, so where there is an effect
// the result is a little lower than with a control that is known exactly.
// For a split-half reliability, pass the means of a perturbation's halves.
[[nodiscard]] Score split_control_pearson(Row prediction, Row truth, Row control_a, Row control_b);

// The same for every perturbation; controls have one row for all, or one per perturbation.
[[nodiscard]] std::vector<Score> split_control_pearson(MatrixView<const double> prediction,
                                                       MatrixView<const double> truth,
                                                       MatrixView<const double> control_a,
                                                       MatrixView<const double> control_b);

}  // namespace cupel::quality
