#pragma once
#include "models/kernel_path.hpp"
#include "models/model.hpp"
#include "sweep/leave_out.hpp"
#include "sweep/profile_products.hpp"

namespace cupel::sweep {

// Ridge on one kernel for every penalty, fitted to all but a group and scored on it: for kernels
// that must be made anew for each fit, as those of features learned from training profiles. `path`
// is of the rows `fitted` of the truth, `coordinates` of the rows `left_out`.
class FoldSweep {
 public:
  FoldSweep(const models::KernelPath& path, MatrixView<const double> coordinates,
            std::span<const std::int64_t> fitted, std::vector<std::int64_t> left_out,
            const Truth& truth);
  // Of the rows left out, on this thread.
  [[nodiscard]] std::vector<Scores> scores(double penalty) const;

 private:
  std::vector<double> values_;
  Matrix<double> coordinates_;
  std::vector<std::int64_t> left_out_;
  const Truth* truth_;
  Matrix<double> with_truth_;       // Uᵀ W^1/2 Y · Yᵀ of all rows: r × n
  Matrix<double> inner_;            // among themselves: r × r
  std::vector<double> mean_truth_;  // the mean's products with all rows
  std::vector<double> mean_inner_;  // and with Uᵀ W^1/2 Y
  std::vector<double> sum_;         // of Uᵀ W^1/2 Y over genes
  double mean_norm_ = 0.0, mean_sum_ = 0.0;
};

// Any model, fitted to all but each group in turn and scored on it; rows of `training` are those of
// the truth. A row without prediction is NaN.
[[nodiscard]] std::vector<Scores> cross_validate(std::string_view model,
                                                 const models::Training& training,
                                                 const std::map<std::string, std::string>& settings,
                                                 const Groups& groups, const Truth& truth);

}  // namespace cupel::sweep
