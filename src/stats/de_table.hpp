#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "cupel/matrix.hpp"

namespace cupel {

// Differential expression of every perturbation against the control: targets × features, host
// memory. `p_adj` is before the table-level policies of cell-eval.md 2.6 (mask, floor); whoever
// calls a gene significant applies them (DeComparison).
struct DeTable {
  std::vector<std::string> targets;   // sorted by codepoint
  std::vector<std::string> features;  // the tested genes, in var order
  Matrix<double> log2_fold_change;
  Matrix<double> p_value;
  Matrix<double> p_adj;
  // Empty, or one flag per (target, feature), row-major: 1 where the table has no such row.
  std::vector<std::uint8_t> absent;
};

}  // namespace cupel
