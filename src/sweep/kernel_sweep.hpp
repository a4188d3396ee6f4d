#pragma once
#include "cupel/backend.hpp"
#include "models/kernel_path.hpp"
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
  // Both must outlive it. Throws Error(kUsage) for Intercept::kCentredTargets, whose left-out fits
  // have no such form.
  KernelSweep(const models::KernelPath& path, const Truth& truth, Groups groups);

  // Scores of one setting per row, on this thread; NaN where a row alone decides its prediction.
  [[nodiscard]] std::vector<Scores> scores(double penalty) const;
  [[nodiscard]] Products products(double penalty) const;
  // Means of every setting, in parallel.
  [[nodiscard]] std::vector<MeanScores> sweep(std::span<const double> penalties) const;
  // The same where `backend` computes, if each group is a single row; else here. The CPU gives the
  // same bits as above, another backend what Backend::leave_one_out states.
  [[nodiscard]] std::vector<MeanScores> sweep(std::span<const double> penalties,
                                              Backend& backend) const;
  // n × n: the left-out prediction of row i is weights.row(i) · Y; its own group has weight 0 but
  // for rounding. For the few settings whose predictions are wanted.
  [[nodiscard]] Matrix<double> weights(double penalty) const;

 private:
  [[nodiscard]] RidgePath path_on(Backend& backend) const;
  [[nodiscard]] double reached(std::int64_t i, std::int64_t j, std::span<const double> f) const;
  [[nodiscard]] Matrix<double> left_out_factor(std::size_t group, std::span<const double> f) const;
  [[nodiscard]] std::vector<double> filter(double penalty) const;

  const models::KernelPath* path_;
  const Truth* truth_;
  Groups groups_;
  bool singles_ = true;
  bool full_rank_ = false;
  Matrix<double> v_;                        // W^-1/2 U: n × r
  Matrix<double> squares_;                  // of the entries of U
  Matrix<double> with_targets_;             // Uᵀ W^1/2 (Y - mean) Yᵀ: r × n
  Matrix<double> perp_targets_;             // perp · Yᵀ: n × n
  Matrix<double> inner_;                    // Uᵀ W^1/2 (Y - mean)(Y - mean)ᵀ W^1/2 U: r × r
  Matrix<double> lower_;                    // its lower triangle, half the diagonal; 0 above
  Matrix<double> perp_inner_;               // perp · (Y - mean)ᵀ W^1/2 U: n × r
  std::vector<Matrix<double>> perp_perp_;   // perp · perpᵀ within each group
  std::vector<Matrix<double>> perp_reach_;  // I - share - U Uᵀ within each group, scaled by roots
  std::vector<double> sum_with_, perp_sum_;
};

// For models::KernelPath: its eigenproblem where `backend` computes. The backend must outlive it.
[[nodiscard]] EigenSolver eigen_on(Backend& backend);

}  // namespace cupel::sweep
