#include "stats/binary_ranking.hpp"

#include <algorithm>

#include "cupel/math/ranking_areas.hpp"
#include "stats/stable_order.hpp"

namespace cupel {

RankingAreas ranking_areas(std::span<const double> score, std::span<const std::uint8_t> positive) {
  const auto positives = std::ranges::count(positive, std::uint8_t{1});
  const auto negatives = std::ssize(positive) - positives;
  if (positives == 0 || negatives == 0) return {};
  auto order = positions(score.size());
  stable_order(score, order);

  double precision = 0.0;
  std::int64_t twice_roc = 0;
  math::RankingThreshold threshold{};
  for (auto at = order.rbegin(); at != order.rend();) {  // from the highest score down
    threshold.place_before = threshold.place;
    threshold.hits_before = threshold.hits;
    const double value = score[static_cast<std::size_t>(*at)];
    for (; at != order.rend() && score[static_cast<std::size_t>(*at)] == value; ++at) {
      ++threshold.place;
      threshold.hits += positive[static_cast<std::size_t>(*at)] != 0 ? 1 : 0;
    }
    precision += threshold.precision();
    twice_roc += threshold.twice_roc();
  }
  return {math::precision_recall_area(precision, positives),
          math::roc_area(twice_roc, positives, negatives), false};
}

}  // namespace cupel
