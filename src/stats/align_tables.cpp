#include "stats/align_tables.hpp"

#include <limits>
#include <unordered_map>
#include <unordered_set>

namespace cupel {

DeTable over_features(const DeTable& table, std::span<const std::string> features) {
  std::unordered_map<std::string_view, std::size_t> column;
  for (std::size_t k = 0; k < table.features.size(); ++k) column[table.features[k]] = k;
  const auto targets = table.targets.size();
  const auto width = features.size();
  DeTable wide;
  wide.targets = table.targets;
  wide.features.assign(features.begin(), features.end());
  const auto rows = static_cast<std::int64_t>(targets);
  const auto cols = static_cast<std::int64_t>(width);
  wide.log2_fold_change = make_host_matrix<double>(rows, cols);
  wide.p_value = make_host_matrix<double>(rows, cols);
  wide.p_adj = make_host_matrix<double>(rows, cols);
  wide.absent.assign(targets * width, 1);
  for (std::size_t k = 0; k < width; ++k) {
    const auto found = column.find(features[k]);
    const bool there = found != column.end();
    for (std::size_t target = 0; target < targets; ++target) {
      const auto row = static_cast<std::int64_t>(target);
      const auto to = static_cast<std::int64_t>(k);
      const auto from = there ? static_cast<std::int64_t>(found->second) : 0;
      const auto value = [&](const Matrix<double>& matrix) {
        return there ? matrix.view()(row, from) : std::numeric_limits<double>::quiet_NaN();
      };
      wide.log2_fold_change.view()(row, to) = value(table.log2_fold_change);
      wide.p_value.view()(row, to) = value(table.p_value);
      wide.p_adj.view()(row, to) = value(table.p_adj);
      if (!there) continue;
      wide.absent[target * width + k] =
          table.absent.empty() ? 0 : table.absent[target * table.features.size() + found->second];
    }
  }
  return wide;
}

std::vector<std::string> union_of_features(std::initializer_list<const DeTable*> tables,
                                           std::span<const std::string> genes) {
  std::unordered_set<std::string_view> tested;
  for (const auto* table : tables) tested.insert(table->features.begin(), table->features.end());
  std::vector<std::string> features;
  for (const auto& gene : genes) {
    if (tested.contains(gene)) features.push_back(gene);
  }
  return features;
}

}  // namespace cupel
