#include "uncertainty/interval.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "uncertainty/normal.hpp"

namespace cupel {
namespace {

constexpr std::string_view kTooFewDraws = "most resamples leave it undefined";
constexpr std::string_view kTooFewValues = "fewer than two values to resample";
constexpr std::string_view kSmallStratum = "a context has fewer than two values to resample";
constexpr std::string_view kLopsided = "the resamples lie on one side of the estimate";

// Draws that are not NaN. An interval needs two of their quantiles: finding those is several times
// quicker than sorting all.
class DrawnValues {
 public:
  explicit DrawnValues(std::span<const double> draws) : all_(draws.size()) {
    values_.reserve(draws.size());
    for (const double draw : draws) {
      if (std::isnan(draw)) continue;
      values_.push_back(draw);
      least_ = draw < least_ ? draw : least_;
      greatest_ = draw > greatest_ ? draw : greatest_;
    }
  }

  [[nodiscard]] bool too_few() const { return values_.empty() || 2 * values_.size() < all_; }

  // Draws that differ by rounding alone say nothing about the side on which the estimate lies.
  [[nodiscard]] bool all_alike() const {
    const double size = std::max(std::abs(least_), std::abs(greatest_));
    return least_ == greatest_ || greatest_ - least_ <= 1e-13 * size;
  }

  [[nodiscard]] double least() const { return least_; }
  [[nodiscard]] double greatest() const { return greatest_; }

  // Where the estimate lies among the draws, as a normal deviate; draws equal to it count half.
  [[nodiscard]] double bias_deviate(double estimate) const {
    std::int64_t twice = 0;
    for (const double value : values_) {
      twice += static_cast<std::int64_t>(value < estimate) +
               static_cast<std::int64_t>(value <= estimate);
    }
    return normal_quantile(0.5 * static_cast<double>(twice) / static_cast<double>(values_.size()));
  }

  // As sorted_quantile of the sorted draws.
  [[nodiscard]] double quantile(double p) const {
    const double place = p * static_cast<double>(values_.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const double share = place - std::floor(place);
    const bool upper = 2 * below >= values_.size();  // counted from the nearer end
    const std::size_t from_end = upper ? values_.size() - 1 - below : below;
    auto some = tail(upper, from_end + 2);
    const auto at = static_cast<std::ptrdiff_t>(upper ? some.size() - 1 - from_end : from_end);
    const auto here = some.begin() + at;
    std::ranges::nth_element(some, here);
    if (share == 0.0) return *here;
    return *here + share * (*std::min_element(here + 1, some.end()) - *here);
  }

 private:
  // The least or the greatest values, `count` of them or more: those beyond a threshold that some
  // of the values suggest, or all where it does not leave enough.
  [[nodiscard]] std::vector<double> tail(bool upper, std::size_t count) const {
    constexpr std::size_t kSample = 256;
    constexpr double kSpare = 0.06;  // of all values
    const auto n = values_.size();
    if (n < 4 * kSample) return values_;
    std::array<double, kSample> sample{};
    for (std::size_t i = 0; i < kSample; ++i) sample[i] = values_[i * (n / kSample)];
    const double share = static_cast<double>(count) / static_cast<double>(n) + kSpare;
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(kSample));
    if (rank >= kSample / 2) return values_;
    const auto place =
        sample.begin() + static_cast<std::ptrdiff_t>(upper ? kSample - 1 - rank : rank);
    std::ranges::nth_element(sample, place);
    std::vector<double> kept(n);
    std::size_t size = 0;
    for (const double value : values_) {
      kept[size] = value;
      size += static_cast<std::size_t>(upper ? value >= *place : value <= *place);
    }
    if (size < count) return values_;
    kept.resize(size);
    return kept;
  }

  std::size_t all_;
  std::vector<double> values_;
  double least_ = std::numeric_limits<double>::infinity();
  double greatest_ = -std::numeric_limits<double>::infinity();
};

double acceleration(std::span<const double> influence) {
  double squares = 0.0;
  double cubes = 0.0;
  for (const double pull : influence) {
    squares += pull * pull;
    cubes += pull * pull * pull;
  }
  return squares > 0.0 ? cubes / (6.0 * squares * std::sqrt(squares)) : 0.0;
}

// The normal deviate of the lower end before bias and skewness are seen to. `freedom` and `stretch`
// are Student's degrees and how much too narrow the resamples are.
double tail_deviate(const IntervalOptions& options, std::int64_t freedom, double stretch) {
  const double tail = (1.0 - options.level) / 2.0;
  if (options.kind != IntervalKind::kWideBca) return normal_quantile(tail);
  return student_quantile(tail, freedom) * stretch;
}

Interval corrected_interval(std::span<const double> draws, double estimate,
                            std::span<const double> influence, double deviate) {
  const DrawnValues drawn(draws);
  if (drawn.too_few()) return Interval::undefined(kTooFewDraws);
  if (drawn.all_alike()) {
    return Interval::of(std::min(drawn.least(), estimate), std::max(drawn.greatest(), estimate));
  }
  const double bias = drawn.bias_deviate(estimate);
  if (std::isinf(bias)) return Interval::undefined(kLopsided);
  const double a = acceleration(influence);
  const auto end = [&](double z) {
    const double shifted = bias + z;
    const double stretch = 1.0 - a * shifted;
    // Past its pole the transformation has no meaning; its limit is the outermost draw.
    const double p = stretch > 0.0 ? normal_cdf(bias + shifted / stretch) : (z < 0.0 ? 0.0 : 1.0);
    return drawn.quantile(p);
  };
  const double low = end(deviate);
  return Interval::of(low, end(-deviate));
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
  const DrawnValues drawn(draws);
  if (drawn.too_few()) return Interval::undefined(kTooFewDraws);
  const double tail = (1.0 - level) / 2.0;
  const double low = drawn.quantile(tail);
  return Interval::of(low, drawn.quantile(1.0 - tail));
}

Interval bootstrap_interval(std::span<const double> draws, double estimate,
                            std::span<const double> influence, const IntervalOptions& options) {
  if (influence.size() < 2) return Interval::undefined(kTooFewValues);
  if (options.kind == IntervalKind::kPercentile) return percentile_interval(draws, options.level);
  const auto n = static_cast<double>(influence.size());
  const double deviate = tail_deviate(options, std::ssize(influence) - 1, std::sqrt(n / (n - 1.0)));
  return corrected_interval(draws, estimate, influence, deviate);
}

Interval stratified_interval(std::span<const double> draws, double estimate,
                             std::span<const double> influence,
                             std::span<const std::int64_t> strata, const IntervalOptions& options) {
  if (strata.size() == 1) return bootstrap_interval(draws, estimate, influence, options);
  double as_drawn = 0.0;   // variances: with n in each stratum,
  double unbiased = 0.0;   // with n - 1,
  double uncertain = 0.0;  // and that of the latter, up to a factor
  std::size_t at = 0;
  for (const std::int64_t size : strata) {
    if (size < 2) return Interval::undefined(kSmallStratum);
    double squares = 0.0;
    for (std::int64_t i = 0; i < size; ++i, ++at) squares += influence[at] * influence[at];
    const auto n = static_cast<double>(size);
    const double variance = squares * n / (n - 1.0);
    as_drawn += squares;
    unbiased += variance;
    uncertain += variance * variance / (n - 1.0);
  }
  if (options.kind == IntervalKind::kPercentile) return percentile_interval(draws, options.level);
  if (!(as_drawn > 0.0)) return corrected_interval(draws, estimate, influence, 0.0);
  const double freedom = unbiased * unbiased / uncertain;
  const double deviate = tail_deviate(options, static_cast<std::int64_t>(freedom + 1e-9),
                                      std::sqrt(unbiased / as_drawn));
  return corrected_interval(draws, estimate, influence, deviate);
}

}  // namespace cupel
