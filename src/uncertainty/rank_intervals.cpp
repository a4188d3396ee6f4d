#include "uncertainty/rank_intervals.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kDrawsAtOnce = 64;

// Smaller is better; NaN is worse than anything.
double badness(double value, Better better) {
  if (std::isnan(value)) return std::numeric_limits<double>::infinity();
  return better == Better::kHigher ? -value : value;
}

void set_outer_ends(RankEstimate& estimate, std::vector<double> ranks, double level) {
  if (ranks.empty()) return;
  std::ranges::sort(ranks);
  const double tail = (1.0 - level) / 2.0 * static_cast<double>(ranks.size());
  const auto cut = static_cast<std::size_t>(tail + 1e-9);  // 0.1 of ten draws is one
  estimate.low = ranks[cut];
  estimate.high = ranks[ranks.size() - 1 - cut];
}

}  // namespace

std::vector<double> mean_ranks(std::span<const double> values, Better better) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto bad = [&](std::size_t i) { return badness(values[i], better); };
  std::ranges::sort(order, {}, bad);
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && bad(order[end]) == bad(order[begin])) ++end;
    const double shared = static_cast<double>(begin + 1 + end) / 2.0;
    for (std::size_t at = begin; at < end; ++at) ranks[order[at]] = shared;
  }
  return ranks;
}

std::vector<RankEstimate> rank_predictions(std::span<const double> means,
                                           MatrixView<const double> draw_means, Better better,
                                           double level) {
  std::vector<RankEstimate> estimates(means.size());
  if (better == Better::kNeither) {
    for (auto& estimate : estimates) {
      estimate.undefined_because = "the metric has no better direction";
    }
    return estimates;
  }
  const auto n = static_cast<std::size_t>(draw_means.cols);
  const auto draws = static_cast<std::size_t>(draw_means.rows);
  std::vector<double> ranks(draws * n);  // predictions x draws
  std::vector<double> wins(draws * n);
  for_each_chunk(draw_means.rows, kDrawsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    for (auto draw = static_cast<std::size_t>(begin); draw < static_cast<std::size_t>(end);
         ++draw) {
      const std::span<const double> row(draw_means.row(static_cast<std::int64_t>(draw)), n);
      const auto rank = mean_ranks(row, better);
      const double first = n == 0 ? 0.0 : std::ranges::min(rank);  // (k + 1) / 2 where k tie
      for (std::size_t i = 0; i < n; ++i) {
        ranks[i * draws + draw] = rank[i];
        const bool best = rank[i] == first && !std::isnan(row[i]);
        wins[i * draws + draw] = best ? 1.0 / (2.0 * first - 1.0) : 0.0;
      }
    }
  });
  const auto rank = mean_ranks(means, better);
  for (std::size_t i = 0; i < n; ++i) {
    const auto begin = static_cast<std::ptrdiff_t>(i * draws);
    const auto end = begin + static_cast<std::ptrdiff_t>(draws);
    estimates[i].rank = rank[i];
    set_outer_ends(estimates[i], {ranks.begin() + begin, ranks.begin() + end}, level);
    estimates[i].probability_best =
        std::accumulate(wins.begin() + begin, wins.begin() + end, 0.0) / static_cast<double>(draws);
  }
  return estimates;
}

}  // namespace cupel
