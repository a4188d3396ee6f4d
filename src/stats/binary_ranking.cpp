#include "stats/binary_ranking.hpp"

#include <algorithm>

namespace cupel {

RankingAreas ranking_areas(std::vector<RankedLabel> genes) {
  const auto positives = std::ranges::count_if(genes, &RankedLabel::positive);
  const auto negatives = std::ssize(genes) - positives;
  if (positives == 0 || negatives == 0) return {};
  std::ranges::sort(genes, std::ranges::greater{}, &RankedLabel::score);

  std::int64_t hits = 0;        // positives at or above the threshold
  std::int64_t false_hits = 0;  // negatives at or above it
  std::int64_t twice_roc = 0;   // in units of 1 / (positives · negatives)
  double precision = 0.0;       // summed over the positives
  for (std::size_t at = 0; at < genes.size();) {
    const double score = genes[at].score;
    std::int64_t new_hits = 0;
    std::int64_t new_false_hits = 0;
    for (; at < genes.size() && genes[at].score == score; ++at) {
      ++(genes[at].positive ? new_hits : new_false_hits);
    }
    twice_roc += new_false_hits * (2 * hits + new_hits);
    hits += new_hits;
    false_hits += new_false_hits;
    precision += static_cast<double>(new_hits) * static_cast<double>(hits) /
                 static_cast<double>(hits + false_hits);
  }
  const auto p = static_cast<double>(positives);
  return {precision / p,
          static_cast<double>(twice_roc) / (2.0 * p * static_cast<double>(negatives)), false};
}

}  // namespace cupel
