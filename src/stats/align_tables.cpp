#include "stats/align_tables.hpp"

#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "parallel/parallel.hpp"

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
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<std::size_t> from(width, kNone);
  for (std::size_t k = 0; k < width; ++k) {
    const auto found = column.find(features[k]);
    if (found != column.end()) from[k] = found->second;
  }
  const auto copy = [&](const Matrix<double>& narrow, Matrix<double>& to, std::int64_t target) {
    const double* in = narrow.view().row(target);
    double* out = to.view().row(target);
    for (std::size_t k = 0; k < width; ++k) {
      out[k] = from[k] == kNone ? std::numeric_limits<double>::quiet_NaN() : in[from[k]];
    }
  };
  for_each_chunk(rows, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t target = first; target < last; ++target) {
      copy(table.log2_fold_change, wide.log2_fold_change, target);
      copy(table.p_value, wide.p_value, target);
      copy(table.p_adj, wide.p_adj, target);
      const auto t = static_cast<std::size_t>(target);
      for (std::size_t k = 0; k < width; ++k) {
        if (from[k] == kNone) continue;
        wide.absent[t * width + k] =
            table.absent.empty() ? 0 : table.absent[t * table.features.size() + from[k]];
      }
    }
  });
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
