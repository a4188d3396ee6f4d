#pragma once
#include "cupel/matrix.hpp"
#include "linalg/symmetric_eigen.hpp"

namespace cupel {

// Products and eigenproblems of host matrices, wherever they are computed.
class Algebra {
 public:
  Algebra() = default;
  Algebra(const Algebra&) = delete;
  Algebra& operator=(const Algebra&) = delete;
  virtual ~Algebra() = default;
  [[nodiscard]] virtual Matrix<double> multiply(MatrixView<const double> a,
                                                MatrixView<const double> b) const = 0;
  // a · bᵀ
  [[nodiscard]] virtual Matrix<double> multiply_transposed(MatrixView<const double> a,
                                                           MatrixView<const double> b) const = 0;
  // aᵀ · b
  [[nodiscard]] virtual Matrix<double> transposed_multiply(MatrixView<const double> a,
                                                           MatrixView<const double> b) const = 0;
  // a · aᵀ, the same bits on both sides of its diagonal.
  [[nodiscard]] virtual Matrix<double> gram(MatrixView<const double> a) const = 0;
  [[nodiscard]] virtual SymmetricEigen symmetric_eigen(MatrixView<const double> matrix) const = 0;
};

// On this machine's threads: products.hpp and symmetric_eigen.hpp.
[[nodiscard]] const Algebra& host_algebra();

}  // namespace cupel
