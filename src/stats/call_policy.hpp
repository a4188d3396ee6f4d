#pragma once
#include <cmath>

#include "cupel/config.hpp"

namespace cupel {

// Which rows of a DE table count as significant ("called"), and how its numbers are read: the
// table-level policies of cell-eval.md 2.6, in their order.
class CallPolicy {
 public:
  explicit CallPolicy(const Conventions::De& de)
      : threshold_(rounded(de.p_adj_threshold, de.float32_columns)),
        min_abs_log2_fold_change_(de.min_abs_log2_fold_change),
        mask_nan_(de.nan_fold_change == NanFoldChange::kMask),
        float32_(de.float32_columns) {}

  // A table's value as every comparison and ranking sees it.
  [[nodiscard]] double read(double value) const { return rounded(value, float32_); }

  // p_adj after the mask and the floor. The row stays in the tested universe: no BH is rerun.
  [[nodiscard]] double p_adj(double p_adj, double log2_fold_change) const {
    if (mask_nan_ && std::isnan(log2_fold_change)) return 1.0;
    if (std::abs(read(log2_fold_change)) < min_abs_log2_fold_change_) return 1.0;
    return read(p_adj);
  }

  // Strict; NaN is never called.
  [[nodiscard]] bool called(double p_adj_after) const { return p_adj_after < threshold_; }

 private:
  static double rounded(double value, bool to_float) {
    return to_float ? static_cast<double>(static_cast<float>(value)) : value;
  }

  double threshold_;
  double min_abs_log2_fold_change_;
  bool mask_nan_;
  bool float32_;
};

}  // namespace cupel
