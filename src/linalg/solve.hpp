#pragma once
#include "cupel/matrix.hpp"

namespace cupel {

// x of a · x = b for a symmetric positive definite a, by Cholesky, on this thread alone. Throws
// Error(kInput) where a is not positive definite.
[[nodiscard]] Matrix<double> solve_positive(MatrixView<const double> a, MatrixView<const double> b);

}  // namespace cupel
