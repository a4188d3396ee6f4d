#include "uncertainty/normal.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "cupel/nan.hpp"

namespace cupel {
namespace {

// Of p <= 1/2, so that nothing is lost to 1 - p.
double lower_quantile(double p) {
  // Abramowitz and Stegun 26.2.23, then Halley steps on log cdf's smooth neighbour, the cdf.
  const double t = std::sqrt(-2.0 * std::log(p));
  double z = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                       (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
  for (int step = 0; step < 3; ++step) {
    const double density = std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
    if (density == 0.0) break;
    const double newton = (normal_cdf(z) - p) / density;
    z -= newton / (1.0 + 0.5 * z * newton);
  }
  return z;
}

}  // namespace

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double normal_quantile(double p) {
  if (std::isnan(p) || p < 0.0 || p > 1.0) return std::numeric_limits<double>::quiet_NaN();
  if (p == 0.0) return -kInfinity;
  if (p == 1.0) return kInfinity;
  return p <= 0.5 ? lower_quantile(p) : -lower_quantile(1.0 - p);
}

double student_cdf(double t, std::int64_t freedom) {
  const double n = static_cast<double>(freedom);
  const double sine = t / std::sqrt(n + t * t);
  const double cosine_squared = n / (n + t * t);
  const bool odd = freedom % 2 == 1;
  double term = odd ? std::sqrt(cosine_squared) : 1.0;
  double sum = freedom == 1 ? 0.0 : term;
  for (std::int64_t k = odd ? 3 : 2; k <= freedom - 2; k += 2) {
    const auto at = static_cast<double>(k);
    term *= cosine_squared * (at - 1.0) / at;
    sum += term;
  }
  const double within = odd ? 2.0 / std::numbers::pi * (std::atan(t / std::sqrt(n)) + sine * sum)
                            : sine * sum;  // P(|T| <= |t|) with t's sign
  return 0.5 + 0.5 * within;
}

double student_quantile(double p, std::int64_t freedom) {
  if (p == 0.5) return 0.0;
  // The normal quantile lies nearer to 0; outward from there by doubling, then by halving.
  double near = normal_quantile(p);
  double far = 2.0 * near;
  const auto beyond = [&](double t) {
    const double q = student_cdf(t, freedom);
    return p < 0.5 ? q <= p : q >= p;
  };
  while (!beyond(far) && std::isfinite(far)) far *= 2.0;
  for (int step = 0; step < 200; ++step) {
    const double middle = 0.5 * (near + far);
    if (middle == near || middle == far) break;
    (beyond(middle) ? far : near) = middle;
  }
  return far;
}

}  // namespace cupel
