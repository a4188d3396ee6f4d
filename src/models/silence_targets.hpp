#pragma once
#include <span>
#include <string>

#include "cupel/matrix.hpp"
#include "models/condition.hpp"

namespace cupel::models {

// Sets the genes that each condition targets to 0 in its absolute profile: what a knock-out is
// known to do whatever else a model predicts. A perturbation that names no gene changes nothing.
void silence_targets(MatrixView<double> profiles, std::span<const Condition> conditions,
                     std::span<const std::string> genes);

}  // namespace cupel::models
