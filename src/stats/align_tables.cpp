#include "stats/align_tables.hpp"

#include <algorithm>
#include <limits>

namespace cupel {

DeTable on_features(const DeTable& table, std::span<const std::int32_t> from,
                    std::span<const std::int32_t> to, std::vector<std::string> features) {
  const auto n = std::ssize(table.targets);
  const auto width = std::ssize(to);
  std::vector<std::int64_t> column;  // of each feature of `table`
  for (const auto gene : from) {
    column.push_back(std::ranges::lower_bound(to, gene) - to.begin());
  }
  DeTable wide;
  wide.targets = table.targets;
  wide.features = std::move(features);
  wide.absent.assign(static_cast<std::size_t>(n * width), 1);
  const auto spread = [&](const Matrix<double>& narrow) {
    auto matrix = make_host_matrix<double>(n, width);
    auto view = matrix.view();
    std::fill_n(view.data, view.size(), std::numeric_limits<double>::quiet_NaN());
    for (std::int64_t row = 0; row < n; ++row) {
      for (std::size_t k = 0; k < column.size(); ++k) {
        view(row, column[k]) = narrow.view()(row, static_cast<std::int64_t>(k));
      }
    }
    return matrix;
  };
  wide.log2_fold_change = spread(table.log2_fold_change);
  wide.p_value = spread(table.p_value);
  wide.p_adj = spread(table.p_adj);
  for (std::int64_t row = 0; row < n; ++row) {
    for (const auto at : column) wide.absent[static_cast<std::size_t>(row * width + at)] = 0;
  }
  return wide;
}

}  // namespace cupel
