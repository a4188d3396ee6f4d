#include "linalg/algebra.hpp"

#include "linalg/products.hpp"

namespace cupel {
namespace {

using View = MatrixView<const double>;

class HostAlgebra final : public Algebra {
 public:
  [[nodiscard]] Matrix<double> multiply(View a, View b) const override {
    return cupel::multiply(a, b);
  }
  [[nodiscard]] Matrix<double> multiply_transposed(View a, View b) const override {
    return cupel::multiply_transposed(a, b);
  }
  [[nodiscard]] Matrix<double> transposed_multiply(View a, View b) const override {
    return cupel::transposed_multiply(a, b);
  }
  [[nodiscard]] Matrix<double> gram(View a) const override { return cupel::gram(a); }
  [[nodiscard]] SymmetricEigen symmetric_eigen(View matrix) const override {
    return cupel::symmetric_eigen(matrix);
  }
};

}  // namespace

const Algebra& host_algebra() {
  static const HostAlgebra algebra;
  return algebra;
}

}  // namespace cupel
