#include "models/row_copies.hpp"

#include <algorithm>

namespace cupel::models {

Matrix<double> copy_of(MatrixView<const double> matrix) {
  auto result = make_host_matrix<double>(matrix.rows, matrix.cols);
  std::copy_n(matrix.data, matrix.size(), result.view().data);
  return result;
}

Matrix<double> rows_of(MatrixView<const double> matrix, std::span<const std::int64_t> rows) {
  auto result = make_host_matrix<double>(std::ssize(rows), matrix.cols);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(matrix.row(rows[i]), matrix.cols, result.view().row(static_cast<std::int64_t>(i)));
  }
  return result;
}

Matrix<double> centred(MatrixView<const double> x, const std::vector<double>& mean) {
  auto result = make_host_matrix<double>(x.rows, x.cols);
  for (std::int64_t i = 0; i < x.rows; ++i) {
    for (std::int64_t k = 0; k < x.cols; ++k) {
      result.view()(i, k) = x(i, k) - mean[static_cast<std::size_t>(k)];
    }
  }
  return result;
}

}  // namespace cupel::models
