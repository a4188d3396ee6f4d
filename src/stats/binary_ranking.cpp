#include "stats/binary_ranking.hpp"

#include <algorithm>

#include "stats/stable_order.hpp"

namespace cupel {

RankingAreas ranking_areas(std::span<const double> score, std::span<const std::uint8_t> positive) {
  const auto positives = std::ranges::count(positive, std::uint8_t{1});
  const auto negatives = std::ssize(positive) - positives;
  if (positives == 0 || negatives == 0) return {};
  auto order = positions(score.size());
  stable_order(score, order);

  std::int64_t hits = 0;                                 // positives at or above the threshold
  std::int64_t false_hits = 0;                           // negatives at or above it
  std::int64_t twice_roc = 0;                            // in units of 1 / (positives · negatives)
  double precision = 0.0;                                // summed over the positives
  for (auto at = order.rbegin(); at != order.rend();) {  // from the highest score down
    const double threshold = score[static_cast<std::size_t>(*at)];
    std::int64_t new_hits = 0;
    std::int64_t new_false_hits = 0;
    for (; at != order.rend() && score[static_cast<std::size_t>(*at)] == threshold; ++at) {
      ++(positive[static_cast<std::size_t>(*at)] != 0 ? new_hits : new_false_hits);
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
