#pragma once
#include <span>
#include <vector>

#include "cupel/matrix.hpp"

// Cells whose mean is a predicted profile, made of control cells (A16 `shift-exact`).
namespace cupel::models {

// The s for which the mean of max(0, x + s) over `values` is `target`. Clipping at 0 raises the
// mean of what is shifted down, so that target - mean would leave it too high. NaN where there is
// none: no values, or a target below 0. For target 0 the greatest such s, which is -max(values).
[[nodiscard]] double exact_shift(std::span<const double> values, double target);

// Rows of `control` shifted gene by gene to a profile; a target below 0 becomes 0.
[[nodiscard]] Matrix<double> shifted_cells(MatrixView<const double> control,
                                           std::span<const double> profile);

}  // namespace cupel::models
