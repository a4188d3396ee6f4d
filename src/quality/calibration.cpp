#include "quality/calibration.hpp"

#include <algorithm>
#include <cmath>

#include "quality/pointwise_error.hpp"
#include "quality/reasons.hpp"
#include "quality/rows.hpp"

namespace cupel::quality {
namespace {

constexpr double kEpsilon = 1e-6;
constexpr std::int64_t kLeastValid = 10;

// Distance by which `a` is better than `b`.
double gain(double a, double b, Better better) { return better == Better::kHigher ? a - b : b - a; }

Score share_of(std::int64_t wins, std::int64_t n) {
  if (n == 0) return Score::undefined(reasons::kTooFewRows);
  return Score::of(static_cast<double>(wins) / static_cast<double>(n));
}

}  // namespace

Score dynamic_range_fraction(double positive, double negative, double perfect, Better better) {
  if (better == Better::kNeither) return Score::undefined(reasons::kNoDirection);
  if (!std::isfinite(positive) || !std::isfinite(negative)) {
    return Score::undefined(reasons::kNoControl);
  }
  const double range = gain(perfect, negative, better);
  if (!(range > 0.0)) return Score::undefined(reasons::kBeyondPerfect);
  const double fraction = gain(positive, negative, better) / (range + kEpsilon);
  return Score::of(std::clamp(fraction, -1.0, 1.0));
}

DynamicRange summarise_range(std::span<const Score> fractions, const Resamples& resamples,
                             double level) {
  DynamicRange range;
  const auto values = values_of(fractions);
  range.median = estimate_median(values, resamples, level);
  range.undefined = std::ssize(fractions) - range.median.n;
  range.mean = std::nan("");
  if (range.median.n < kLeastValid) {
    range.median.value = std::nan("");
    range.median.undefined_because = reasons::kTooFewValid;
    range.median.interval = Interval::undefined(reasons::kTooFewValid);
    return range;
  }
  double sum = 0.0;
  for (const double value : values) sum += std::isnan(value) ? 0.0 : value;
  range.mean = sum / static_cast<double>(range.median.n);
  range.usable = range.median.interval.defined() && range.median.interval.low > 0.0;
  return range;
}

std::vector<double> positive_wins(std::span<const double> positive,
                                  std::span<const double> negative, Better better) {
  std::vector<double> wins;
  for (std::size_t p = 0; p < positive.size(); ++p) {
    const bool both = !std::isnan(positive[p]) && !std::isnan(negative[p]);
    const bool wins_here =
        better == Better::kHigher ? positive[p] > negative[p] : positive[p] < negative[p];
    wins.push_back(both && better != Better::kNeither ? (wins_here ? 1.0 : 0.0) : std::nan(""));
  }
  return wins;
}

BoundDiscrimination bound_discrimination(std::span<const double> positive,
                                         std::span<const double> negative, Better better) {
  BoundDiscrimination result;
  result.n = std::ssize(positive);
  for (const double win : positive_wins(positive, negative, better)) {
    result.undefined += std::isnan(win) ? 1 : 0;
    result.wins += win == 1.0 ? 1 : 0;
  }
  if (better == Better::kNeither) {
    result.share = Score::undefined(reasons::kNoDirection);
    result.share_where_defined = result.share;
    return result;
  }
  result.share = share_of(result.wins, result.n);
  result.share_where_defined = share_of(result.wins, result.n - result.undefined);
  return result;
}

Score between_anchors(double score, double baseline, double replicate, Better better) {
  if (better == Better::kNeither) return Score::undefined(reasons::kNoDirection);
  if (!std::isfinite(score)) return Score::undefined(reasons::kNoScore);
  if (!std::isfinite(baseline) || !std::isfinite(replicate)) {
    return Score::undefined(reasons::kNoControl);
  }
  const double room = gain(replicate, baseline, better);
  if (!(room > 0.0)) return Score::undefined(reasons::kNoRoom);
  return Score::of(gain(score, baseline, better) / room);
}

AnchoredSummary summarise_anchored(std::span<const Score> scores, const Resamples& resamples,
                                   double level) {
  AnchoredSummary summary;
  summary.median = estimate_median(values_of(scores), resamples, level);
  const auto n = static_cast<double>(scores.size());
  summary.undefined_share = (n - static_cast<double>(summary.median.n)) / n;
  return summary;
}

Score baseline_saturation(double control_to_truth, double baseline_to_truth) {
  if (control_to_truth == 0.0) return Score::undefined(reasons::kTruthIsControl);
  return checked((control_to_truth - baseline_to_truth) / control_to_truth);
}

Score distance_ratio(std::span<const double> perturbed, std::span<const double> control,
                     std::span<const double> predicted) {
  const Score to_control = l2_distance(predicted, control);
  if (!to_control.defined()) return to_control;
  if (to_control.value == 0.0) return Score::undefined(reasons::kPredictionIsControl);
  return checked(l2_distance(predicted, perturbed).value / to_control.value);
}

}  // namespace cupel::quality
