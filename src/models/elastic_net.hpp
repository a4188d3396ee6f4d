#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cupel/matrix.hpp"

namespace cupel::models {

// 1/(2n) |y - b - X w|² + alpha ratio |w|_1 + alpha (1 - ratio) / 2 |w|², a problem of its own for
// every column of y (A11; scikit-learn's ElasticNet).
struct ElasticNet {
  Matrix<double> coefficients;  // columns of y × features
  std::vector<double> intercept;
  std::int64_t all_zero = 0;    // columns of y of which nothing but the mean is left
  std::int64_t unfinished = 0;  // columns that did not converge
};

// Cyclic coordinate descent on products of features that all columns share, until no step moves a
// fitted value by more than `tolerance` of the column's deviation.
[[nodiscard]] ElasticNet fit_elastic_net(MatrixView<const double> x, MatrixView<const double> y,
                                         double alpha, double ratio, double tolerance = 1e-12,
                                         std::int64_t most_rounds = 10000);

// The least alpha at which every coefficient of every column is zero: max |x_k · y| / (n ratio).
[[nodiscard]] double greatest_alpha(MatrixView<const double> x, MatrixView<const double> y,
                                    double ratio);

}  // namespace cupel::models
