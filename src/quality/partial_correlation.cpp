#include "quality/partial_correlation.hpp"

#include <cmath>
#include <vector>

#include "cupel/math/pearson.hpp"
#include "quality/reasons.hpp"

namespace cupel::quality {
namespace {

constexpr double kNothing = 1e-10;  // of a vector's length: what rounding may leave

double product(Row x, Row y) {
  double sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  return sum;
}

// What is left of `values` beyond an orthonormal basis (modified Gram-Schmidt).
std::vector<double> residual(Row values, const std::vector<std::vector<double>>& basis) {
  std::vector<double> left(values.begin(), values.end());
  for (const auto& direction : basis) {
    const double along = product(left, direction);
    for (std::size_t i = 0; i < left.size(); ++i) left[i] -= along * direction[i];
  }
  return left;
}

double length(Row values) { return std::sqrt(product(values, values)); }

// A covariate that follows from those before it adds nothing.
void extend(std::vector<std::vector<double>>& basis, Row covariate) {
  auto left = residual(covariate, basis);
  const double size = length(left);
  if (!(size > kNothing * length(covariate))) return;
  for (double& value : left) value /= size;
  basis.push_back(std::move(left));
}

}  // namespace

Score partial_pearson(Row target, Row prediction, std::span<const Row> covariates) {
  if (target.size() < 2) return Score::undefined(reasons::kTooFewRows);
  std::vector<std::vector<double>> basis;
  extend(basis, std::vector<double>(target.size(), 1.0));
  for (const Row covariate : covariates) extend(basis, covariate);
  const auto x = residual(target, basis);
  const auto y = residual(prediction, basis);
  const double sxy = product(x, y);
  if (std::isnan(sxy)) return Score::undefined(reasons::kNotANumber);
  if (!(length(x) > kNothing * length(target)) || !(length(y) > kNothing * length(prediction))) {
    return Score::undefined(reasons::kNothingLeft);
  }
  return checked(math::pearson(sxy, product(x, x), product(y, y)));
}

}  // namespace cupel::quality
