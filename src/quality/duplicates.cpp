#include "quality/duplicates.hpp"

#include <algorithm>
#include <cmath>

namespace cupel::quality {

std::vector<double> interpolated_duplicate(Row duplicate, Row mean, Row p_adj) {
  std::vector<double> profile(duplicate.size());
  for (std::size_t g = 0; g < duplicate.size(); ++g) {
    const double alpha = std::isnan(p_adj[g]) ? 0.0 : 1.0 - p_adj[g];
    profile[g] = alpha * duplicate[g] + (1.0 - alpha) * mean[g];
  }
  return profile;
}

Matrix<double> interpolated_duplicates(MatrixView<const double> duplicate,
                                       MatrixView<const double> mean,
                                       MatrixView<const double> p_adj) {
  auto result = make_host_matrix<double>(duplicate.rows, duplicate.cols);
  for (std::int64_t row = 0; row < duplicate.rows; ++row) {
    std::ranges::copy(
        interpolated_duplicate(row_of(duplicate, row), shared_row(mean, row), row_of(p_adj, row)),
        result.view().row(row));
  }
  return result;
}

}  // namespace cupel::quality
