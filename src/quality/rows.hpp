#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "cupel/matrix.hpp"
#include "cupel/metric.hpp"

// Profiles are rows of perturbations × genes matrices in the host's space.
namespace cupel::quality {

using Row = std::span<const double>;

[[nodiscard]] inline Row row_of(MatrixView<const double> matrix, std::int64_t row) {
  return {matrix.row(row), static_cast<std::size_t>(matrix.cols)};
}

// A matrix of one row stands for that row in every place; one without rows for nothing.
[[nodiscard]] inline Row shared_row(MatrixView<const double> matrix, std::int64_t row) {
  if (matrix.rows == 0) return {};
  return row_of(matrix, matrix.rows == 1 ? 0 : row);
}

[[nodiscard]] std::vector<double> minus(Row a, Row b);
[[nodiscard]] std::vector<double> at_genes(Row row, std::span<const std::int32_t> genes);

// A value that must not be NaN without a reason.
[[nodiscard]] Score checked(double value);
// The scores' values; NaN where undefined.
[[nodiscard]] std::vector<double> values_of(std::span<const Score> scores);

// score(row) for each row, on all threads.
[[nodiscard]] std::vector<Score> score_rows(std::int64_t rows,
                                            const std::function<Score(std::int64_t)>& score);

}  // namespace cupel::quality
