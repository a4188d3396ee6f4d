#include "uncertainty/interval.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "uncertainty/normal.hpp"

namespace cupel {
namespace {

constexpr std::string_view kTooFewDraws = "most resamples leave it undefined";
constexpr std::string_view kTooFewValues = "fewer than two values to resample";
constexpr std::string_view kLopsided = "the resamples lie on one side of the estimate";

std::vector<double> sorted_draws(std::span<const double> draws) {
  std::vector<double> sorted;
  sorted.reserve(draws.size());
  for (const double draw : draws) {
    if (!std::isnan(draw)) sorted.push_back(draw);
  }
  std::ranges::sort(sorted);
  return sorted;
}

bool too_few(const std::vector<double>& sorted, std::size_t draws) {
  return sorted.empty() || 2 * sorted.size() < draws;
}

// Draws that differ by rounding alone say nothing about the side on which the estimate lies.
bool all_alike(const std::vector<double>& sorted) {
  const double size = std::max(std::abs(sorted.front()), std::abs(sorted.back()));
  return sorted.front() == sorted.back() || sorted.back() - sorted.front() <= 1e-13 * size;
}

// Where the estimate lies among the draws, as a normal deviate; draws equal to it count half.
double bias_deviate(const std::vector<double>& sorted, double estimate) {
  const auto [first, last] = std::ranges::equal_range(sorted, estimate);
  const auto below = static_cast<double>(first - sorted.begin());
  const auto equal = static_cast<double>(last - first);
  return normal_quantile((below + 0.5 * equal) / static_cast<double>(sorted.size()));
}

double acceleration(std::span<const double> influence) {
  double squares = 0.0;
  double cubes = 0.0;
  for (const double pull : influence) {
    squares += pull * pull;
    cubes += pull * pull * pull;
  }
  return squares > 0.0 ? cubes / (6.0 * squares * std::sqrt(squares)) : 0.0;
}

double tail_deviate(const IntervalOptions& options, std::size_t n) {
  const double tail = (1.0 - options.level) / 2.0;
  if (options.kind != IntervalKind::kWideBca) return normal_quantile(tail);
  const auto size = static_cast<double>(n);
  return student_quantile(tail, static_cast<std::int64_t>(n) - 1) * std::sqrt(size / (size - 1.0));
}

}  // namespace

double sorted_quantile(std::span<const double> sorted, double p) {
  if (sorted.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double place = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double share = place - static_cast<double>(below);
  if (share == 0.0) return sorted[below];
  return sorted[below] + share * (sorted[below + 1] - sorted[below]);
}

Interval percentile_interval(std::span<const double> draws, double level) {
  const auto sorted = sorted_draws(draws);
  if (too_few(sorted, draws.size())) return Interval::undefined(kTooFewDraws);
  const double tail = (1.0 - level) / 2.0;
  return Interval::of(sorted_quantile(sorted, tail), sorted_quantile(sorted, 1.0 - tail));
}

Interval bootstrap_interval(std::span<const double> draws, double estimate,
                            std::span<const double> influence, const IntervalOptions& options) {
  if (influence.size() < 2) return Interval::undefined(kTooFewValues);
  if (options.kind == IntervalKind::kPercentile) return percentile_interval(draws, options.level);
  const auto sorted = sorted_draws(draws);
  if (too_few(sorted, draws.size())) return Interval::undefined(kTooFewDraws);
  if (all_alike(sorted)) {
    return Interval::of(std::min(sorted.front(), estimate), std::max(sorted.back(), estimate));
  }
  const double bias = bias_deviate(sorted, estimate);
  if (std::isinf(bias)) return Interval::undefined(kLopsided);
  const double a = acceleration(influence);
  const double deviate = tail_deviate(options, influence.size());
  const auto end = [&](double z) {
    const double shifted = bias + z;
    const double stretch = 1.0 - a * shifted;
    // Past its pole the transformation has no meaning; its limit is the outermost draw.
    const double p = stretch > 0.0 ? normal_cdf(bias + shifted / stretch) : (z < 0.0 ? 0.0 : 1.0);
    return sorted_quantile(sorted, p);
  };
  return Interval::of(end(deviate), end(-deviate));
}

}  // namespace cupel
