#include "stats/aggregate.hpp"

#include <algorithm>
#include <cmath>

#include "cupel/nan.hpp"

namespace cupel {
namespace {

double mean_of(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return values.empty() ? kNaN : sum / static_cast<double>(values.size());
}

double standard_deviation_of(const std::vector<double>& values, double mean) {
  if (values.size() < 2) return kNaN;
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double median_of(const std::vector<double>& sorted) {
  if (sorted.empty()) return kNaN;
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
}

// `sorted` is followed by `undefined` NaN.
double nearest_row(const std::vector<double>& sorted, std::int64_t undefined, double share) {
  const auto rows = static_cast<double>(std::ssize(sorted) + undefined);
  if (rows == 0.0) return kNaN;
  const auto row = static_cast<std::size_t>(std::round(share * (rows - 1.0)));
  return row < sorted.size() ? sorted[row] : kNaN;
}

}  // namespace

std::vector<Score> fill_undefined(std::vector<Score> scores, const Metric& metric, FillRule rule) {
  if (rule == FillRule::kNone || std::isnan(metric.worst)) return scores;
  for (Score& score : scores) {
    if (std::isnan(score.value)) score = Score::by_rule(metric.worst, score.undefined_because);
  }
  return scores;
}

Aggregate aggregate(std::span<const Score> scores, NanInMean nan_in_mean) {
  Aggregate result;
  std::vector<double> values;
  for (const Score& score : scores) {
    ++(score.absent ? result.missing : result.count);
    if (score.absent) continue;
    if (std::isnan(score.value)) {
      ++result.undefined;
    } else {
      values.push_back(score.value);
    }
  }
  result.mean = mean_of(values);
  result.standard_deviation = standard_deviation_of(values, result.mean);
  if (nan_in_mean == NanInMean::kPropagate && result.undefined > 0) {
    result.mean = kNaN;
    result.standard_deviation = kNaN;
  }
  std::ranges::sort(values);
  result.least = values.empty() ? kNaN : values.front();
  result.greatest = values.empty() ? kNaN : values.back();
  result.median = median_of(values);
  result.quarter = nearest_row(values, result.undefined, 0.25);
  result.half = nearest_row(values, result.undefined, 0.5);
  result.three_quarters = nearest_row(values, result.undefined, 0.75);
  return result;
}

Score ratio_of_sums(std::span<const Score> numerator, std::span<const Score> denominator) {
  const bool same_cover =
      std::ranges::equal(numerator, denominator, {}, &Score::absent, &Score::absent);
  if (!same_cover) return Score::undefined("its two parts cover different perturbations");
  double above = 0.0;
  double below = 0.0;
  for (std::size_t p = 0; p < numerator.size(); ++p) {
    if (!std::isfinite(numerator[p].value) || !std::isfinite(denominator[p].value)) continue;
    above += numerator[p].value;
    below += denominator[p].value;
  }
  if (!std::isfinite(above) || !std::isfinite(below)) {
    return Score::undefined("the sum over perturbations is not finite");
  }
  if (!(below > 0.0)) {
    return Score::undefined("the truth shows no effect beyond sampling noise");
  }
  return Score::of(above / below);
}

}  // namespace cupel
