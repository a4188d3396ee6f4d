#include "stats/spearman.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cupel/math/rank_correlation.hpp"

namespace cupel {
namespace {

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

std::vector<std::int64_t> twice_average_ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t i, std::size_t j) {
    if (std::isnan(values[i])) return false;
    return std::isnan(values[j]) || values[i] < values[j];
  });
  std::vector<std::int64_t> ranks(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && same(values[order[end]], values[order[begin]])) ++end;
    const auto twice_rank =
        math::twice_mean_rank(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end));
    for (std::size_t at = begin; at < end; ++at) ranks[order[at]] = twice_rank;
  }
  return ranks;
}

double spearman(std::span<const double> a, std::span<const double> b) {
  const auto rank_a = twice_average_ranks(a);
  const auto rank_b = twice_average_ranks(b);
  const auto n = static_cast<std::int64_t>(a.size());
  math::RankProducts products;
  for (std::size_t i = 0; i < rank_a.size(); ++i) products.add(rank_a[i], rank_b[i], n);
  return products.correlation(n);
}

}  // namespace cupel
