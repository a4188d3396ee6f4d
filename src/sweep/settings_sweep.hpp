#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "models/training.hpp"
#include "sweep/device.hpp"
#include "sweep/grid.hpp"
#include "sweep/leave_out.hpp"
#include "sweep/profile_products.hpp"

namespace cupel::sweep {

// Scores of each setting of a family (grid.hpp) on the rows of `groups`, each group predicted by a
// fit to all other rows of `training`: settings × rows; NaN for rows in no group. The truth's rows
// are those of `training`. Scores are computed on the device; fits where training.algebra says.
//
// Ridge and kernel ridge cost one eigenproblem per fit whatever the number of penalties, bilinear
// models one per group for the whole grid; neither makes a prediction. Other models are fitted once
// per setting and group, and scored by their weights where they have such (models::Smoother).
//
// `once`: features that do not depend on which conditions train (no one-hot perturbations, nothing
// learned from profiles) are made of all rows at once, standardised over them: then ridge needs one
// eigenproblem in all, and leaving out is exact in closed form (kernel_sweep.hpp).
[[nodiscard]] std::vector<std::vector<Scores>> sweep_settings(
    std::string_view model, const models::Training& training, std::span<const Chosen> family,
    const Groups& groups, const Truth& truth, bool once, const Device& device);

}  // namespace cupel::sweep
