#pragma once
#include <vector>

#include "support/matrices.hpp"

namespace cupel::test {

inline MatrixView<const double> view(const Dense& dense) {
  return {dense.values.data(), dense.rows, dense.cols, Space::kHost};
}

inline std::vector<double> row(const Dense& dense, std::int64_t at) {
  std::vector<double> values;
  for (std::int64_t col = 0; col < dense.cols; ++col) values.push_back(dense(at, col));
  return values;
}

inline Dense dense_of(const std::vector<std::vector<double>>& rows) {
  Dense dense = zeros(static_cast<std::int64_t>(rows.size()),
                      rows.empty() ? 0 : static_cast<std::int64_t>(rows.front().size()));
  auto to = dense.values.begin();
  for (const auto& each : rows) to = std::copy(each.begin(), each.end(), to);
  return dense;
}

// Mean and variance (over n - 1) of each gene over cells.
struct CellStatistics {
  std::vector<double> mean;
  std::vector<double> variance;
};
inline CellStatistics statistics(const Dense& cells) {
  CellStatistics result;
  for (std::int64_t gene = 0; gene < cells.cols; ++gene) {
    double sum = 0.0;
    for (std::int64_t cell = 0; cell < cells.rows; ++cell) sum += cells(cell, gene);
    const double mean = sum / static_cast<double>(cells.rows);
    double squares = 0.0;
    for (std::int64_t cell = 0; cell < cells.rows; ++cell) {
      squares += (cells(cell, gene) - mean) * (cells(cell, gene) - mean);
    }
    result.mean.push_back(mean);
    result.variance.push_back(squares / static_cast<double>(cells.rows - 1));
  }
  return result;
}

}  // namespace cupel::test
