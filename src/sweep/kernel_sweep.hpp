#pragma once
#include "models/kernel_path.hpp"
#include "sweep/device.hpp"
#include "sweep/leave_out.hpp"
#include "sweep/profile_products.hpp"

namespace cupel::sweep {

// Ridge regression on one kernel, scored on what each fit left out, for every penalty: exact, as if
// refitted for each group, without a refit and without a prediction (performance.md 3 vi).
//
// With f = penalty / (s + penalty) the residuals are E = (I - H) Y = perp + V f Uᵀ W^1/2 Y, V =
// W^-1/2 U, perp what the kernel cannot reach; leaving out a group G gives (I - H_GG)⁻¹ E_G
// (baselines-splits-audits.md A8). All products of residuals with targets and with each other
// follow from the targets' products.
class KernelSweep {
 public:
  // Truth and device must outlive it. Throws Error(kUsage) for Intercept::kCentredTargets, whose
  // left-out fits have no such form.
  KernelSweep(const models::KernelPath& path, const Truth& truth, const Groups& groups,
              const Device& device);

  // The truth's rows that are scored: those of the groups, one after the other.
  [[nodiscard]] std::span<const std::int32_t> rows() const { return rows_; }
  // Penalties × rows(); NaN where a group alone decides its prediction.
  [[nodiscard]] std::vector<Scores> scores(std::span<const double> penalties) const;
  // Means of every setting, in memory that does not grow with their number.
  [[nodiscard]] std::vector<MeanScores> sweep(std::span<const double> penalties) const;

 private:
  const Truth* truth_;
  const Device* device_;
  std::vector<std::int32_t> rows_;
  std::vector<std::int64_t> group_start_;
  std::vector<double> values_, root_;
  Matrix<double> vectors_;          // U: rows × r
  Matrix<double> v_;                // W^-1/2 U: rows × r
  Matrix<double> with_targets_;     // Uᵀ W^1/2 (Y - mean) Yᵀ: r × n
  Matrix<double> perp_targets_;     // perp · Yᵀ: rows × n
  Matrix<double> half_inner_;       // of Uᵀ W^1/2 (Y - mean)(Y - mean)ᵀ W^1/2 U
  Matrix<double> perp_inner_;       // perp · (Y - mean)ᵀ W^1/2 U: rows × r
  std::vector<double> perp_perp_;   // perp · perpᵀ within each group
  std::vector<double> perp_reach_;  // I - share - U Uᵀ within each group, by roots
  std::vector<double> sum_with_, perp_sum_;
};

}  // namespace cupel::sweep
