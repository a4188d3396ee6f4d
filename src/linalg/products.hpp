#pragma once
#include "cupel/matrix.hpp"

// Products of host matrices in double. Tiles are cut by the shapes and each is computed by one
// thread, so that the bits do not depend on the number of threads.
namespace cupel {

[[nodiscard]] Matrix<double> multiply(MatrixView<const double> a, MatrixView<const double> b);
// a · bᵀ
[[nodiscard]] Matrix<double> multiply_transposed(MatrixView<const double> a,
                                                 MatrixView<const double> b);
// aᵀ · b
[[nodiscard]] Matrix<double> transposed_multiply(MatrixView<const double> a,
                                                 MatrixView<const double> b);
// a · aᵀ, the same bits on both sides of its diagonal.
[[nodiscard]] Matrix<double> gram(MatrixView<const double> a);

[[nodiscard]] Matrix<double> transposed(MatrixView<const double> a);

// On the calling thread alone, for loops that are parallel themselves: out = a · b.
void multiply_here(MatrixView<const double> a, MatrixView<const double> b, MatrixView<double> out);
// x := x · l for a square l of which only the lower triangle counts; also on this thread alone.
void multiply_lower_here(MatrixView<double> x, MatrixView<const double> l);

}  // namespace cupel
