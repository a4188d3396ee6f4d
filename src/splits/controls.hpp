#pragma once
#include "splits/generator.hpp"

namespace cupel::splits {

// Gives the control conditions of a fold their part, by the declared policy
// (baselines-splits-audits.md B0). Contexts that do not train keep their controls to themselves if
// `options.hide_controls`.
void place_controls(const Material& material, const SplitOptions& options, Fold& fold);

}  // namespace cupel::splits
