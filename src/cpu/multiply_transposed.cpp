#include "cpu/cpu_backend.hpp"
#include "linalg/products.hpp"

namespace cupel {

Matrix<double> CpuBackend::multiply_transposed(MatrixView<const double> a,
                                               MatrixView<const double> b) {
  return cupel::multiply_transposed(a, b);
}

}  // namespace cupel
