#include "uncertainty/rank_intervals.hpp"

#include <algorithm>
#include <cmath>

#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kRankingsAtOnce = 64;

// Smaller is better; NaN is worse than anything.
double badness(double value, Better better) {
  if (std::isnan(value)) return std::numeric_limits<double>::infinity();
  return better == Better::kHigher ? -value : value;
}

struct Placed {
  double bad;
  std::uint32_t index;
};

// `order` is scratch.
void rank_row(std::span<const double> values, Better better, std::vector<Placed>& order,
              std::span<double> ranks) {
  order.clear();
  for (std::size_t i = 0; i < values.size(); ++i) {
    order.push_back({badness(values[i], better), static_cast<std::uint32_t>(i)});
  }
  std::ranges::sort(order, {}, &Placed::bad);
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && order[end].bad == order[begin].bad) ++end;
    const double shared = static_cast<double>(begin + 1 + end) / 2.0;
    for (std::size_t at = begin; at < end; ++at) ranks[order[at].index] = shared;
  }
}

// Ranks are halves of whole numbers, so they are counted, not sorted: `times[k]` of rank k / 2.
void set_outer_ends(RankEstimate& estimate, std::span<const std::uint32_t> times, double draws,
                    double level) {
  const double tail = (1.0 - level) / 2.0 * draws;
  const auto cut = static_cast<std::uint64_t>(tail + 1e-9);  // 0.1 of ten draws is one
  std::uint64_t passed = 0;
  for (std::size_t k = 0; k < times.size() && passed <= cut; ++k) {
    passed += times[k];
    estimate.low = static_cast<double>(k) / 2.0;
  }
  passed = 0;
  for (std::size_t k = times.size(); k-- > 0 && passed <= cut;) {
    passed += times[k];
    estimate.high = static_cast<double>(k) / 2.0;
  }
}

}  // namespace

std::vector<double> mean_ranks(std::span<const double> values, Better better) {
  std::vector<Placed> order;
  std::vector<double> ranks(values.size());
  rank_row(values, better, order, ranks);
  return ranks;
}

Matrix<double> draw_ranks(MatrixView<const double> draw_means, Better better) {
  auto ranks = make_host_matrix<double>(draw_means.rows, draw_means.cols);
  const auto n = static_cast<std::size_t>(draw_means.cols);
  const auto out = ranks.view();
  for_each_chunk(draw_means.rows, kRankingsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Placed> order;
    for (std::int64_t draw = begin; draw < end; ++draw) {
      rank_row({draw_means.row(draw), n}, better, order, {out.row(draw), n});
    }
  });
  return ranks;
}

std::vector<RankEstimate> rank_predictions(std::span<const double> means,
                                           MatrixView<const double> draw_means, Better better,
                                           double level) {
  if (better == Better::kNeither) {
    std::vector<RankEstimate> estimates(means.size());
    for (auto& estimate : estimates) {
      estimate.undefined_because = "the metric has no better direction";
    }
    return estimates;
  }
  return rank_predictions(means, draw_means, draw_ranks(draw_means, better).view(), better, level);
}

std::vector<RankEstimate> rank_predictions(std::span<const double> means,
                                           MatrixView<const double> draw_means,
                                           MatrixView<const double> ranks, Better better,
                                           double level) {
  std::vector<RankEstimate> estimates(means.size());
  const auto n = static_cast<std::size_t>(ranks.cols);
  const auto draws = static_cast<double>(ranks.rows);
  std::vector<double> first(static_cast<std::size_t>(ranks.rows));  // (k + 1) / 2 where k tie
  for (std::int64_t draw = 0; draw < ranks.rows && n > 0; ++draw) {
    first[static_cast<std::size_t>(draw)] =
        std::ranges::min(std::span<const double>(ranks.row(draw), n));
  }
  const auto rank = mean_ranks(means, better);
  for_each_chunk(ranks.cols, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      auto& estimate = estimates[static_cast<std::size_t>(i)];
      std::vector<std::uint32_t> times(2 * n + 1, 0);
      double wins = 0.0;
      for (std::int64_t draw = 0; draw < ranks.rows; ++draw) {
        const double best = first[static_cast<std::size_t>(draw)];
        const double mine = ranks(draw, i);
        ++times[static_cast<std::size_t>(2.0 * mine)];
        if (mine == best && !std::isnan(draw_means(draw, i))) wins += 1.0 / (2.0 * best - 1.0);
      }
      estimate.rank = rank[static_cast<std::size_t>(i)];
      if (ranks.rows > 0) set_outer_ends(estimate, times, draws, level);
      estimate.probability_best = wins / draws;
    }
  });
  return estimates;
}

}  // namespace cupel
