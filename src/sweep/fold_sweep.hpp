#pragma once
#include "models/kernel_path.hpp"
#include "sweep/device.hpp"
#include "sweep/leave_out.hpp"
#include "sweep/profile_products.hpp"

namespace cupel::sweep {

// Ridge on one kernel for every penalty, fitted to all but a group and scored on it: for kernels
// that must be made anew for each fit, as those of features learned from training profiles. `path`
// is of the rows `fitted` of the truth, `coordinates` of the rows `left_out`.
class FoldSweep {
 public:
  // Coordinates, truth and device must outlive it.
  FoldSweep(const models::KernelPath& path, MatrixView<const double> coordinates,
            std::span<const std::int64_t> fitted, std::span<const std::int64_t> left_out,
            const Truth& truth, const Device& device);
  // Penalties × rows left out.
  [[nodiscard]] std::vector<Scores> scores(std::span<const double> penalties) const;

 private:
  std::vector<double> values_;
  MatrixView<const double> coordinates_;
  std::vector<std::int32_t> left_out_;
  const Truth* truth_;
  const Device* device_;
  Matrix<double> with_truth_;       // Uᵀ W^1/2 Y · Yᵀ of all rows: r × n
  Matrix<double> half_inner_;       // of them among themselves
  std::vector<double> mean_truth_;  // the mean's products with all rows
  std::vector<double> mean_inner_;  // and with Uᵀ W^1/2 Y
  std::vector<double> sum_;         // of Uᵀ W^1/2 Y over genes
  double mean_norm_ = 0.0, mean_sum_ = 0.0;
};

}  // namespace cupel::sweep
