#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "cupel/math/expm1.hpp"
#include "cupel/math/log1p.hpp"

namespace cupel::test {
namespace {

// Distance from the exact value in units of its last place in double.
double ulps(double actual, long double exact) {
  const double rounded = static_cast<double>(exact);
  const double ulp = std::nextafter(std::fabs(rounded), INFINITY) - std::fabs(rounded);
  return static_cast<double>(std::fabs((actual - exact) / ulp));
}

TEST(Log1p, IsWithinOneUlpEverywhere) {
  std::mt19937_64 rng(1);
  std::uniform_real_distribution<double> exponent(-60.0, 60.0);
  std::uniform_real_distribution<double> near_minus_one(-40.0, 0.0);
  double worst = 0.0;
  for (int i = 0; i < 400000; ++i) {
    const double size = std::exp2(exponent(rng));
    for (const double x : {size, size < 1.0 ? -size : -0.5, std::exp2(near_minus_one(rng)) - 1.0}) {
      if (x <= -1.0) continue;
      worst = std::max(worst, ulps(math::log1p(x), std::log1p(static_cast<long double>(x))));
    }
  }
  EXPECT_LT(worst, 1.0);
}

TEST(Log1p, KeepsZeroAndNaN) {
  EXPECT_EQ(math::log1p(0.0), 0.0);
  EXPECT_TRUE(std::isnan(math::log1p(std::nan(""))));
  EXPECT_EQ(math::log1p(std::numeric_limits<double>::denorm_min()),
            std::numeric_limits<double>::denorm_min());
}

TEST(Expm1, IsWithinTwoUlpEverywhere) {
  std::mt19937_64 rng(2);
  std::uniform_real_distribution<double> exponent(-60.0, 9.4);
  double worst = 0.0;
  for (int i = 0; i < 400000; ++i) {
    const double size = std::exp2(exponent(rng));
    for (const double x : {size, -size}) {
      worst = std::max(worst, ulps(math::expm1(x), std::expm1(static_cast<long double>(x))));
    }
  }
  EXPECT_LT(worst, 2.0);
}

TEST(Expm1, KeepsZeroNaNAndTheLimits) {
  EXPECT_EQ(math::expm1(0.0), 0.0);
  EXPECT_TRUE(std::isnan(math::expm1(std::nan(""))));
  EXPECT_EQ(math::expm1(710.0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(math::expm1(-800.0), -1.0);
  EXPECT_EQ(math::expm1(-std::numeric_limits<double>::infinity()), -1.0);
}

}  // namespace
}  // namespace cupel::test
