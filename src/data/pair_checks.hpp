#pragma once
#include <vector>

#include "cupel/dataset.hpp"
#include "data/grouping.hpp"

namespace cupel {

// The checks of cell-eval.md 1.2: same genes in the same order, same labels in every context.
// Throws Error(kInput) with both files, the counts and the first name at fault.
void check_pair(const Screen& real, const std::vector<Grouping>& real_groups, const Screen& pred,
                const std::vector<Grouping>& pred_groups);

}  // namespace cupel
