#pragma once
#include <vector>

#include "cupel/metric.hpp"
#include "parallel/parallel.hpp"
#include "stats/de_comparison.hpp"

namespace cupel {

constexpr std::int64_t kTargetsPerChunk = 8;

// One score per perturbation, from `score(comparison, target)`, perturbations in parallel.
template <typename ScoreTarget>
[[nodiscard]] std::vector<Score> score_each(const Case& c, const ScoreTarget& score) {
  std::vector<Score> scores(static_cast<std::size_t>(c.de->n_targets()));
  for_each_chunk(c.de->n_targets(), kTargetsPerChunk, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t target = begin; target < end; ++target) {
      scores[static_cast<std::size_t>(target)] = score(*c.de, target);
    }
  });
  return scores;
}

[[nodiscard]] inline double ratio(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace cupel
