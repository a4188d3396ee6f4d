// Does a 95 % interval hold the truth in 95 % of cases? A sample is a column, so that one matrix
// holds all that are simulated.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "support/matrices.hpp"
#include "uncertainty/bootstrap.hpp"

namespace cupel::test {
namespace {

constexpr std::int64_t kSamples = 1000;
constexpr std::int32_t kDraws = 1000;

double coverage(std::int64_t n, double truth, double (*value)(std::mt19937_64&),
                IntervalKind kind) {
  std::mt19937_64 rng(1);
  Dense samples = zeros(n, kSamples);
  for (double& each : samples.values) each = value(rng);
  const auto estimates = estimate_means({samples.values.data(), n, kSamples, Space::kHost},
                                        Resamples(n, kDraws, 1), {0.95, kind});
  double held = 0.0;
  for (const Estimate& estimate : estimates) {
    held += estimate.interval.low <= truth && truth <= estimate.interval.high ? 1.0 : 0.0;
  }
  return held / kSamples;
}

double normal(std::mt19937_64& rng) { return std::normal_distribution<double>()(rng); }
double exponential(std::mt19937_64& rng) { return std::exponential_distribution<double>()(rng); }
// Bounded, with most near the upper end: the largest of five uniform numbers.
double bounded(std::mt19937_64& rng) {
  return std::pow(std::uniform_real_distribution<double>()(rng), 0.2);
}

struct Distribution {
  const char* name;
  double mean;
  double (*value)(std::mt19937_64&);
};

TEST(Coverage, OfTheDefaultIntervalIs93To97Percent) {
  const IntervalKind kind = IntervalOptions{}.kind;
  for (const std::int64_t n : {30, 100, 300}) {
    for (const auto& [name, mean, value] :
         {Distribution{"normal", 0.0, normal}, Distribution{"exponential", 1.0, exponential},
          Distribution{"bounded", 5.0 / 6.0, bounded}}) {
      const double held = coverage(n, mean, value, kind);
      EXPECT_GE(held, 0.93) << name << " " << n;
      EXPECT_LE(held, 0.97) << name << " " << n;
    }
  }
}

// Why it is the default.
TEST(Coverage, OfTheOtherIntervalsFallsShortInSmallSkewedSamples) {
  const double wide = coverage(30, 1.0, exponential, IntervalKind::kWideBca);
  for (const auto kind : {IntervalKind::kPercentile, IntervalKind::kBca}) {
    EXPECT_LT(coverage(30, 1.0, exponential, kind), wide - 0.01);
  }
}

}  // namespace
}  // namespace cupel::test
