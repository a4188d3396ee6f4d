#include <cmath>
#include <limits>

#include "cupel/math/pearson.hpp"
#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"

// Do perturbations that truly move cells far from the control move them far in the prediction?
// Pearson correlation over perturbations of the energy distance from the same side's control: one
// number for a whole prediction, given to every perturbation (cell-eval.md 3.55).
namespace cupel::metrics {
namespace {

constexpr double kRounding = 1e-11;  // relative: what sums of a few thousand distances lose

double mean_of(std::span<const double> values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double correlation(std::span<const double> x, std::span<const double> y) {
  const double mean_x = mean_of(x);
  const double mean_y = mean_of(y);
  double sxy = 0.0;
  double sxx = 0.0;
  double syy = 0.0;
  for (std::size_t p = 0; p < x.size(); ++p) {
    sxy += (x[p] - mean_x) * (y[p] - mean_y);
    sxx += (x[p] - mean_x) * (x[p] - mean_x);
    syy += (y[p] - mean_y) * (y[p] - mean_y);
  }
  // All distances equal but for rounding: what is left would correlate as rounding does.
  const auto n = static_cast<double>(x.size());
  const auto level = [&](double squares, double mean) {
    return squares <= n * kRounding * kRounding * mean * mean;
  };
  if (level(sxx, mean_x) || level(syy, mean_y)) return std::numeric_limits<double>::quiet_NaN();
  return math::pearson(sxy, sxx, syy);
}

}  // namespace

std::vector<Score> pearson_edistance(const Case& c, const Metric& /*metric*/,
                                     Backend& /*backend*/) {
  const double r = c.perturbations.size() < 2 ? std::numeric_limits<double>::quiet_NaN()
                                              : correlation(c.real_energy, c.pred_energy);
  return std::vector<Score>(c.perturbations.size(), std::isnan(r)
                                                        ? Score::undefined(reasons::kConstantEnergy)
                                                        : Score::of(r));
}

}  // namespace cupel::metrics
