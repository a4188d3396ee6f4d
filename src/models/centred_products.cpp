#include "models/centred_products.hpp"

#include <vector>

namespace cupel::models {

Matrix<double> centred_products(MatrixView<const double> products) {
  const auto n = products.rows;
  std::vector<double> mean(static_cast<std::size_t>(n), 0.0);
  double all = 0.0;
  for (std::int64_t i = 0; i < n; ++i) {
    double sum = 0.0;
    for (std::int64_t j = 0; j < n; ++j) sum += products(i, j);
    mean[static_cast<std::size_t>(i)] = sum / static_cast<double>(n);
    all += mean[static_cast<std::size_t>(i)] / static_cast<double>(n);
  }
  auto result = make_host_matrix<double>(n, n);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      // The two means together, so that the result is symmetric in its last bit.
      result.view()(i, j) =
          products(i, j) - (mean[static_cast<std::size_t>(i)] + mean[static_cast<std::size_t>(j)]) +
          all;
    }
  }
  return result;
}

}  // namespace cupel::models
