#include "quality/reference_profiles.hpp"

#include <cmath>

namespace cupel::quality {
namespace {

// Sum over rows of weight(row) times the row, and of the weights.
template <typename Weight>
std::vector<double> weighted_mean(MatrixView<const double> means, Weight weight) {
  std::vector<double> mean(static_cast<std::size_t>(means.cols), 0.0);
  double total = 0.0;
  for (std::int64_t row = 0; row < means.rows; ++row) {
    const double w = weight(row);
    total += w;
    for (std::int64_t g = 0; g < means.cols; ++g) {
      mean[static_cast<std::size_t>(g)] += w * means(row, g);
    }
  }
  for (double& value : mean) value = total > 0.0 ? value / total : std::nan("");
  return mean;
}

}  // namespace

std::vector<double> centroid_mean(MatrixView<const double> means) {
  return weighted_mean(means, [](std::int64_t) { return 1.0; });
}

std::vector<double> cell_weighted_mean(MatrixView<const double> means,
                                       std::span<const std::int64_t> cells) {
  return weighted_mean(means, [&](std::int64_t row) {
    return static_cast<double>(cells[static_cast<std::size_t>(row)]);
  });
}

Matrix<double> leave_one_out_means(MatrixView<const double> means) {
  std::vector<double> sum(static_cast<std::size_t>(means.cols), 0.0);
  for (std::int64_t row = 0; row < means.rows; ++row) {
    for (std::int64_t g = 0; g < means.cols; ++g) {
      sum[static_cast<std::size_t>(g)] += means(row, g);
    }
  }
  auto result = make_host_matrix<double>(means.rows, means.cols);
  const auto others = static_cast<double>(means.rows - 1);
  for (std::int64_t row = 0; row < means.rows; ++row) {
    for (std::int64_t g = 0; g < means.cols; ++g) {
      const double rest = sum[static_cast<std::size_t>(g)] - means(row, g);
      result.view()(row, g) = others > 0.0 ? rest / others : std::nan("");
    }
  }
  return result;
}

}  // namespace cupel::quality
