#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cupel/matrix.hpp"

// Copies of matrices on the host.
namespace cupel::models {

[[nodiscard]] Matrix<double> copy_of(MatrixView<const double> matrix);

// The chosen rows, in the order asked.
[[nodiscard]] Matrix<double> rows_of(MatrixView<const double> matrix,
                                     std::span<const std::int64_t> rows);

// Each row less `mean`, one value per column.
[[nodiscard]] Matrix<double> centred(MatrixView<const double> x, const std::vector<double>& mean);

}  // namespace cupel::models
