#pragma once
#include <span>
#include <vector>

#include "cupel/matrix.hpp"
#include "linalg/algebra.hpp"

// Ridge regression on a kernel for every penalty at once (baselines-splits-audits.md A8, A9).
//
// minimise sum_i w_i |y_i - b - f(x_i)|^2 + penalty |f|^2. With share_i = w_i / sum w, the kernel
// centred by those shares and scaled by sqrt(w) on both sides is K = U diag(s) Uᵀ; the hat matrix
// is then 1·shareᵀ + W^-1/2 U diag(s / (s + penalty)) Uᵀ W^1/2, so that one eigenproblem serves
// all penalties.
namespace cupel::models {

// Where the intercept is. kCentredKernel: fitted, without penalty. kCentredTargets: the targets'
// mean is subtracted, but the kernel is as it is. kNone: none, as scikit-learn's KernelRidge.
enum class Intercept { kCentredKernel, kCentredTargets, kNone };

class KernelPath {
 public:
  // `kernel` n × n among training rows, `weight` one per row.
  [[nodiscard]] static KernelPath of_kernel(MatrixView<const double> kernel,
                                            std::span<const double> weight, Intercept intercept,
                                            const Algebra& algebra = host_algebra());
  // The linear kernel of `x`, n × features; solved among features where they are fewer than rows.
  [[nodiscard]] static KernelPath of_features(MatrixView<const double> x,
                                              std::span<const double> weight, Intercept intercept,
                                              const Algebra& algebra = host_algebra());

  // Coordinates of new rows along U, from their kernel with the training rows (asked × n) or,
  // after of_features, from their features: what every penalty shares.
  [[nodiscard]] Matrix<double> coordinates(MatrixView<const double> rows) const;
  // asked × n: the prediction is weights · Y.
  [[nodiscard]] Matrix<double> weights(MatrixView<const double> coordinates, double penalty) const;
  [[nodiscard]] std::vector<double> hat_diagonal(double penalty) const;

  [[nodiscard]] std::span<const double> values() const { return values_; }  // s, descending
  [[nodiscard]] MatrixView<const double> vectors() const { return vectors_.view(); }  // U, n × r
  [[nodiscard]] std::span<const double> share() const { return share_; }
  [[nodiscard]] std::span<const double> root() const { return root_; }  // sqrt(w)
  [[nodiscard]] bool has_intercept() const { return intercept_ != Intercept::kNone; }
  [[nodiscard]] Intercept intercept() const { return intercept_; }
  // Mean of the diagonal of XᵀX or, of a kernel, of K: a unit for penalties.
  [[nodiscard]] double mean_diagonal() const { return mean_diagonal_; }

 private:
  KernelPath(std::span<const double> weight, Intercept intercept);

  Intercept intercept_;
  std::vector<double> share_, root_, values_;
  Matrix<double> vectors_;
  double mean_diagonal_ = 0.0;
  // Of features: their means, and V sqrt(s). Of a kernel: its means over rows, and their mean.
  bool of_features_ = false;
  std::vector<double> mean_;
  double mean_of_means_ = 0.0;
  Matrix<double> axes_;
};

}  // namespace cupel::models
