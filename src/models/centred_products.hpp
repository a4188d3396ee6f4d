#pragma once
#include "cupel/matrix.hpp"

namespace cupel::models {

// Products of rows after their mean is taken off, from the products before: C - 1 mᵀ - m 1ᵀ + m̄.
[[nodiscard]] Matrix<double> centred_products(MatrixView<const double> products);

}  // namespace cupel::models
