#pragma once
#include <optional>

#include "cupel/matrix.hpp"

namespace cupel {

// x of a · x = b for a symmetric positive definite a, by Cholesky, on this thread alone. Throws
// Error(kInput) where a is not positive definite.
[[nodiscard]] Matrix<double> solve_positive(MatrixView<const double> a, MatrixView<const double> b);
// The inverse of a symmetric a, on this thread alone; none where a pivot of its elimination, the
// square of its Cholesky factor's diagonal, is `least` or less.
[[nodiscard]] std::optional<Matrix<double>> invert_positive(MatrixView<const double> a,
                                                            double least);

}  // namespace cupel
