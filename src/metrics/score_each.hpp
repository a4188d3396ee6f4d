#pragma once
#include <vector>

#include "cupel/metric.hpp"
#include "stats/de_comparison.hpp"

namespace cupel {

// One score per perturbation, from `score(comparison, target)`.
template <typename ScoreTarget>
[[nodiscard]] std::vector<Score> score_each(const Case& c, const ScoreTarget& score) {
  std::vector<Score> scores;
  scores.reserve(static_cast<std::size_t>(c.de->n_targets()));
  for (std::int64_t target = 0; target < c.de->n_targets(); ++target) {
    scores.push_back(score(*c.de, target));
  }
  return scores;
}

[[nodiscard]] inline double ratio(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace cupel
