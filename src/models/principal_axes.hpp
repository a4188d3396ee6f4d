#pragma once
#include <vector>

#include "cupel/matrix.hpp"
#include "linalg/algebra.hpp"

namespace cupel::models {

// Principal components of rows: column means, and axes of unit length in columns, as many as
// asked for or as the centred rows have rank, by descending variance.
struct PrincipalAxes {
  std::vector<double> mean;
  Matrix<double> axes;  // columns of x × k
};

// Solved among the rows or the columns, whichever are fewer.
[[nodiscard]] PrincipalAxes principal_axes(MatrixView<const double> x, std::int64_t k,
                                           const Algebra& algebra = host_algebra());
// (x - mean) · axes
[[nodiscard]] Matrix<double> project(const PrincipalAxes& axes, MatrixView<const double> x);

}  // namespace cupel::models
