#include "stats/spearman.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

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
    const auto twice_rank = static_cast<std::int64_t>(begin + 1 + end);  // first + last place
    for (std::size_t at = begin; at < end; ++at) ranks[order[at]] = twice_rank;
  }
  return ranks;
}

double spearman(std::span<const double> a, std::span<const double> b) {
  const auto rank_a = twice_average_ranks(a);
  const auto rank_b = twice_average_ranks(b);
  const auto n = static_cast<std::int64_t>(a.size());
  const std::int64_t mean = n + 1;  // of twice the ranks
  std::int64_t sab = 0;
  std::int64_t saa = 0;
  std::int64_t sbb = 0;
  for (std::size_t i = 0; i < rank_a.size(); ++i) {
    const std::int64_t da = rank_a[i] - mean;
    const std::int64_t db = rank_b[i] - mean;
    sab += da * db;
    saa += da * da;
    sbb += db * db;
  }
  if (n < 2 || saa == 0 || sbb == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(sab) / std::sqrt(static_cast<double>(saa) * static_cast<double>(sbb));
}

}  // namespace cupel
