#include "uncertainty/normal.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace cupel::test {
namespace {

TEST(NormalQuantile, GivesTabledValues) {
  EXPECT_NEAR(normal_quantile(0.5), 0.0, 1e-15);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-14);
  EXPECT_NEAR(normal_quantile(0.9), 1.2815515655446004, 1e-14);
  EXPECT_NEAR(normal_quantile(0.3), -0.5244005127080409, 1e-14);
  EXPECT_NEAR(normal_quantile(1e-10), -6.361340902404056, 1e-13);
  EXPECT_NEAR(normal_quantile(1e-300), -37.0470962993612, 1e-12);
  EXPECT_EQ(normal_quantile(0.0), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(normal_quantile(1.0), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(normal_quantile(1.5)));
  EXPECT_TRUE(std::isnan(normal_quantile(std::nan(""))));
}

TEST(NormalQuantile, UndoesTheCdf) {
  for (int i = 1; i < 1000; ++i) {
    const double p = i / 1000.0;
    EXPECT_NEAR(normal_cdf(normal_quantile(p)), p, 1e-15) << p;
  }
}

// The density summed by Simpson's rule.
double slow_student_cdf(double t, std::int64_t freedom) {
  const auto n = static_cast<double>(freedom);
  const double log_scale =
      std::lgamma((n + 1.0) / 2.0) - std::lgamma(n / 2.0) - 0.5 * std::log(n * std::numbers::pi);
  const auto density = [&](double x) {
    return std::exp(log_scale - (n + 1.0) / 2.0 * std::log1p(x * x / n));
  };
  const int steps = 2000;
  const double step = t / steps;
  double sum = density(0.0) + density(t);
  for (int i = 1; i < steps; ++i) sum += density(i * step) * (i % 2 == 1 ? 4.0 : 2.0);
  return 0.5 + sum * step / 3.0;
}

TEST(StudentCdf, IsTheIntegralOfTheDensity) {
  for (const std::int64_t freedom : {1, 2, 3, 4, 5, 10, 29, 100}) {
    for (const double t : {-3.0, -0.7, 0.0, 0.2, 1.9, 4.0}) {
      EXPECT_NEAR(student_cdf(t, freedom), slow_student_cdf(t, freedom), 1e-10)
          << t << ", " << freedom;
    }
  }
}

TEST(StudentQuantile, GivesTabledValues) {
  struct Row {
    std::int64_t freedom;
    double p975, p995, p05;
  };
  for (const Row& row : {Row{1, 12.706204736174694, 63.656741162871526, -6.313751514675044},
                         Row{2, 4.302652729749462, 9.924843200918287, -2.9199855803537256},
                         Row{3, 3.1824463052837078, 5.840909309733355, -2.353363434801824},
                         Row{29, 2.045229642132703, 2.756385903670605, -1.6991270265334977},
                         Row{299, 1.9679296690656698, 2.5923718841194776, -1.64996576742639},
                         Row{5000, 1.9604385517065073, 2.5768129665562802, -1.645158437596971}}) {
    EXPECT_NEAR(student_quantile(0.975, row.freedom), row.p975, 1e-10) << row.freedom;
    EXPECT_NEAR(student_quantile(0.995, row.freedom), row.p995, 1e-9) << row.freedom;
    EXPECT_NEAR(student_quantile(0.05, row.freedom), row.p05, 1e-10) << row.freedom;
  }
  EXPECT_EQ(student_quantile(0.5, 7), 0.0);
}

}  // namespace
}  // namespace cupel::test
