#include "quality/concordance.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "quality/correlation.hpp"
#include "quality/reasons.hpp"
#include "stats/binary_ranking.hpp"

namespace cupel::quality {
namespace {

double mean_of(Row values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Mean of (x - its mean)(y - its mean).
double covariance(Row x, Row y) {
  const double mean_x = mean_of(x);
  const double mean_y = mean_of(y);
  double sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += (x[i] - mean_x) * (y[i] - mean_y);
  return sum / static_cast<double>(x.size());
}

// What these functions say of genes is here said of perturbations.
Score over_perturbations(Score score) {
  if (!score.defined()) score.undefined_because = reasons::kNoDeviation;
  return score;
}

}  // namespace

Concordance strength_concordance(std::span<const double> truth, std::span<const double> prediction,
                                 const ConcordanceRule& rule) {
  std::vector<double> x;
  std::vector<double> y;
  Concordance result;
  for (std::size_t p = 0; p < truth.size(); ++p) {
    const bool zero = truth[p] == 0.0 || prediction[p] == 0.0;
    if (std::isnan(truth[p]) || std::isnan(prediction[p]) || (rule.drop_zeros && zero)) {
      ++result.dropped;
      continue;
    }
    x.push_back(truth[p]);
    y.push_back(prediction[p]);
  }
  result.n = std::ssize(x);
  if (result.n < std::max<std::int64_t>(rule.least_rows, 2)) {
    for (Score* score : {&result.pearson, &result.spearman, &result.mean_absolute_error,
                         &result.mape_percent, &result.ccc, &result.slope}) {
      *score = Score::undefined(reasons::kTooFewRows);
    }
    return result;
  }
  result.pearson = over_perturbations(pearson(x, y));
  result.spearman = over_perturbations(rank_correlation(x, y));
  double absolute = 0.0;
  double relative = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    absolute += std::abs(y[i] - x[i]);
    relative += std::abs(y[i] - x[i]) / x[i];
  }
  const auto n = static_cast<double>(x.size());
  result.mean_absolute_error = Score::of(absolute / n);
  result.mape_percent = std::ranges::count(x, 0.0) > 0 ? Score::undefined(reasons::kZeroCount)
                                                       : Score::of(100.0 * relative / n);
  const double shift = mean_of(x) - mean_of(y);
  const double spread_x = covariance(x, x);
  const double spread = spread_x + covariance(y, y) + shift * shift;
  const bool truth_varies = std::ranges::count(x, x.front()) < std::ssize(x);
  result.ccc = spread > 0.0 ? Score::of(2.0 * covariance(x, y) / spread)
                            : Score::undefined(reasons::kNoDeviation);
  result.slope = truth_varies ? Score::of(covariance(x, y) / spread_x)
                              : Score::undefined(reasons::kNoDeviation);
  return result;
}

Score significance_auc(std::span<const double> predicted_size,
                       std::span<const std::uint8_t> significant) {
  std::vector<double> size;
  std::vector<std::uint8_t> label;
  for (std::size_t p = 0; p < predicted_size.size(); ++p) {
    if (std::isnan(predicted_size[p])) continue;
    size.push_back(predicted_size[p]);
    label.push_back(significant[p]);
  }
  const RankingAreas areas = ranking_areas(size, label);
  return areas.single_class ? Score::undefined(reasons::kOneClass) : Score::of(areas.roc);
}

}  // namespace cupel::quality
