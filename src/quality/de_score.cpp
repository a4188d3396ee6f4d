#include "quality/de_score.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "uncertainty/normal.hpp"

namespace cupel::quality {
namespace {

constexpr double kNormalFrom = 200.0;  // degrees of freedom; p differs by less than 0.001

double variance_of(double sum, double squares, double n) {
  return std::max(0.0, (squares - sum * sum / n) / (n - 1.0));
}

double two_sided(double t, double freedom) {
  const double below = freedom >= kNormalFrom
                           ? normal_cdf(-std::abs(t))
                           : student_cdf(-std::abs(t), static_cast<std::int64_t>(freedom));
  return std::min(1.0, 2.0 * below);
}

}  // namespace

DeScores de_scores(const CellSums& group, const CellSums& rest) {
  const std::size_t genes = group.sum.size();
  DeScores scores{std::vector<double>(genes, std::nan("")),
                  std::vector<double>(genes, std::nan(""))};
  if (group.cells < 2 || rest.cells < 2) return scores;
  const auto n = static_cast<double>(group.cells);
  const auto n_rest = static_cast<double>(rest.cells);
  for (std::size_t g = 0; g < genes; ++g) {
    const double a = variance_of(group.sum[g], group.squares[g], n) / n;
    const double b = variance_of(rest.sum[g], rest.squares[g], n_rest) / n;
    if (!(a + b > 0.0)) continue;
    scores.t[g] = (group.sum[g] / n - rest.sum[g] / n_rest) / std::sqrt(a + b);
    const double freedom = (a + b) * (a + b) / ((a * a + b * b) / (n - 1.0));
    scores.p_value[g] = two_sided(scores.t[g], std::max(1.0, freedom));
  }
  return scores;
}

std::vector<double> benjamini_hochberg(std::span<const double> p_values) {
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t i = 0; i < p_values.size(); ++i) {
    if (!std::isnan(p_values[i])) order.emplace_back(p_values[i], i);
  }
  std::ranges::sort(order);
  std::vector<double> adjusted(p_values.size(), std::nan(""));
  double least = 1.0;
  const auto n = static_cast<double>(order.size());
  for (std::size_t place = order.size(); place-- > 0;) {
    least = std::min(least, order[place].first * n / static_cast<double>(place + 1));
    adjusted[order[place].second] = least;
  }
  return adjusted;
}

}  // namespace cupel::quality
