#include "quality/correlation.hpp"

#include <algorithm>
#include <cmath>

#include "cupel/math/pearson.hpp"
#include "quality/reasons.hpp"
#include "stats/spearman.hpp"

namespace cupel::quality {
namespace {

double weight_of(Row weights, std::size_t gene) { return weights.empty() ? 1.0 : weights[gene]; }

double sum_of(Row values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum;
}

bool any_nan(Row values) {
  return std::ranges::any_of(values, [](double value) { return std::isnan(value); });
}

// A rounded mean leaves a constant row a variance just above 0, so constancy is asked outright.
bool constant(Row values, Row weights) {
  std::size_t first = 0;
  while (first < values.size() && !(weight_of(weights, first) > 0.0)) ++first;
  for (std::size_t gene = first; gene < values.size(); ++gene) {
    if (weight_of(weights, gene) > 0.0 && values[gene] != values[first]) return false;
  }
  return true;
}

template <typename OfRows>
std::vector<Score> score_effects(const Effects& effects, OfRows of_rows) {
  return score_rows(effects.truth.rows, [&](std::int64_t row) {
    const Row reference = shared_row(effects.reference, row);
    const auto prediction = minus(row_of(effects.prediction, row), reference);
    const auto truth = minus(row_of(effects.truth, row), reference);
    return of_rows(prediction, truth, shared_row(effects.weights, row));
  });
}

}  // namespace

Score pearson(Row x, Row y, Row weights) {
  if (x.empty()) return Score::undefined(reasons::kNoGenes);
  if (any_nan(x) || any_nan(y) || any_nan(weights)) return Score::undefined(reasons::kNotANumber);
  const double total = weights.empty() ? static_cast<double>(x.size()) : sum_of(weights);
  if (!(total > 0.0)) return Score::undefined(reasons::kNoWeight);
  if (constant(x, weights) || constant(y, weights)) return Score::undefined(reasons::kConstant);
  double sum_x = 0.0;
  double sum_y = 0.0;
  for (std::size_t g = 0; g < x.size(); ++g) {
    const double w = weight_of(weights, g);
    sum_x += w * x[g];
    sum_y += w * y[g];
  }
  const double mean_x = sum_x / total;
  const double mean_y = sum_y / total;
  double sxy = 0.0;
  double sxx = 0.0;
  double syy = 0.0;
  for (std::size_t g = 0; g < x.size(); ++g) {
    const double w = weight_of(weights, g);
    const double dx = x[g] - mean_x;
    const double dy = y[g] - mean_y;
    sxy += w * dx * dy;
    sxx += w * dx * dx;
    syy += w * dy * dy;
  }
  const double r = math::pearson(sxy, sxx, syy);
  return std::isnan(r) ? Score::undefined(reasons::kConstant) : Score::of(r);
}

Score r_squared(Row truth, Row prediction, Row weights) {
  if (truth.size() < 2) return Score::undefined(reasons::kTooFewGenes);
  if (!weights.empty() && sum_of(weights) == 0.0) {
    const Score equal = r_squared(truth, prediction);
    return equal.defined() ? Score::by_rule(equal.value, reasons::kNoWeightSoEqual) : equal;
  }
  double total = 0.0;
  double sum = 0.0;
  for (std::size_t g = 0; g < truth.size(); ++g) {
    total += weight_of(weights, g);
    sum += weight_of(weights, g) * truth[g];
  }
  const double mean = sum / total;
  double error = 0.0;
  double spread = 0.0;
  for (std::size_t g = 0; g < truth.size(); ++g) {
    const double w = weight_of(weights, g);
    error += w * (truth[g] - prediction[g]) * (truth[g] - prediction[g]);
    spread += w * (truth[g] - mean) * (truth[g] - mean);
  }
  if (std::isnan(error) || std::isnan(spread)) return Score::undefined(reasons::kNotANumber);
  if (constant(truth, weights)) {
    return Score::by_rule(error == 0.0 ? 1.0 : 0.0, reasons::kConstantTruth);
  }
  return checked(1.0 - error / spread);
}

Score cosine(Row x, Row y) {
  if (x.empty()) return Score::undefined(reasons::kNoGenes);
  double xy = 0.0;
  double xx = 0.0;
  double yy = 0.0;
  for (std::size_t g = 0; g < x.size(); ++g) {
    xy += x[g] * y[g];
    xx += x[g] * x[g];
    yy += y[g] * y[g];
  }
  if (xx == 0.0 || yy == 0.0) return Score::undefined(reasons::kZeroLength);
  return checked(xy / std::sqrt(xx) / std::sqrt(yy));
}

Score rank_correlation(Row x, Row y) {
  if (x.size() < 2) return Score::undefined(reasons::kTooFewGenes);
  if (any_nan(x) || any_nan(y)) return Score::undefined(reasons::kNotANumber);
  const double rho = spearman(x, y);
  return std::isnan(rho) ? Score::undefined(reasons::kConstant) : Score::of(rho);
}

std::vector<double> log2_ratio(Row mean, Row control, double pseudocount) {
  std::vector<double> ratio(mean.size());
  for (std::size_t g = 0; g < mean.size(); ++g) {
    ratio[g] = std::log2(mean[g] + pseudocount) - std::log2(control[g] + pseudocount);
  }
  return ratio;
}

std::vector<double> log_ratio(Row treated, Row control, double epsilon) {
  std::vector<double> ratio(treated.size());
  for (std::size_t g = 0; g < treated.size(); ++g) {
    ratio[g] = std::log((treated[g] + epsilon) / (control[g] + epsilon));
  }
  return ratio;
}

std::vector<Score> effect_pearson(const Effects& effects) {
  return score_effects(effects, [](Row prediction, Row truth, Row weights) {
    return pearson(prediction, truth, weights);
  });
}

std::vector<Score> effect_r_squared(const Effects& effects) {
  return score_effects(effects, [](Row prediction, Row truth, Row weights) {
    return r_squared(truth, prediction, weights);
  });
}

std::vector<Score> effect_cosine(const Effects& effects) {
  return score_effects(effects,
                       [](Row prediction, Row truth, Row) { return cosine(prediction, truth); });
}

std::vector<Score> effect_rank_correlation(const Effects& effects) {
  return score_effects(
      effects, [](Row prediction, Row truth, Row) { return rank_correlation(prediction, truth); });
}

}  // namespace cupel::quality
