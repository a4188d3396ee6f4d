#include "models/silence_targets.hpp"

#include <map>

namespace cupel::models {

void silence_targets(MatrixView<double> profiles, std::span<const Condition> conditions,
                     std::span<const std::string> genes) {
  std::multimap<std::string, std::int64_t> columns;
  for (std::size_t gene = 0; gene < genes.size(); ++gene) {
    columns.emplace(genes[gene], static_cast<std::int64_t>(gene));
  }
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    for (const auto& member : conditions[i].perturbations) {
      const auto [begin, end] = columns.equal_range(member);
      for (auto column = begin; column != end; ++column) {
        profiles(static_cast<std::int64_t>(i), column->second) = 0.0;
      }
    }
  }
}

}  // namespace cupel::models
