#pragma once
#include <cstdint>

#include "cupel/matrix.hpp"

// Kernels between rows of features (A9).
namespace cupel::models {

// kLinear a·b; kRbf exp(-gamma |a - b|²); kPolynomial (1 + gamma a·b)²; kTanimoto sum min / sum max
// of features that are not negative, which of bits is |a ∧ b| / |a ∨ b|; two rows of zeros are 1.
enum class Kernel : std::uint8_t { kLinear, kRbf, kPolynomial, kTanimoto };

// a's rows × b's rows.
[[nodiscard]] Matrix<double> kernel_matrix(Kernel kernel, MatrixView<const double> a,
                                           MatrixView<const double> b, double gamma);
// |a_i - b_j|², never below zero.
[[nodiscard]] Matrix<double> squared_distances(MatrixView<const double> a,
                                               MatrixView<const double> b);
// Median over pairs of different rows; of an even number the mean of the middle two. 0 with fewer
// than two rows.
[[nodiscard]] double median_squared_distance(MatrixView<const double> x);

}  // namespace cupel::models
