#include "quality/strata.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "quality/views.hpp"
#include "quality/weighted_mean.hpp"

namespace cupel::quality::test {
namespace {

using namespace cupel::test;

TEST(Strata, HaveFixedThresholds) {
  EXPECT_EQ(stratum_of(0.05, 0.9), Stratum::kNull) << "not significant, however reproducible";
  EXPECT_EQ(stratum_of(0.0499, 0.2999), Stratum::kWeak);
  EXPECT_EQ(stratum_of(0.0499, -0.2), Stratum::kWeak);
  EXPECT_EQ(stratum_of(0.0499, 0.3), Stratum::kMedium);
  EXPECT_EQ(stratum_of(0.0499, 0.5999), Stratum::kMedium);
  EXPECT_EQ(stratum_of(0.0499, 0.6), Stratum::kStrong);
  EXPECT_EQ(stratum_of(kNaN, 0.6), Stratum::kUnmeasured);
  EXPECT_EQ(stratum_of(0.01, kNaN), Stratum::kUnmeasured);
  EXPECT_EQ(stratum_of(0.5, kNaN), Stratum::kNull) << "needs no reliability";
  EXPECT_EQ(stratum_of(0.02, 0.6, {0.01, 0.3, 0.6}), Stratum::kNull);
  EXPECT_EQ(stratum_name(Stratum::kNull), "null");
  EXPECT_EQ(stratum_name(Stratum::kWeak), "weak");
  EXPECT_EQ(stratum_name(Stratum::kMedium), "medium");
  EXPECT_EQ(stratum_name(Stratum::kStrong), "strong");
  EXPECT_EQ(stratum_name(Stratum::kUnmeasured), "unmeasured");
}

TEST(EqualCountBins, HoldAsManyEachAndLeaveOutWhatIsMissing) {
  std::vector<double> strength;
  for (int p = 0; p < 100; ++p) strength.push_back(std::fmod(37.0 * p, 101.0));
  strength[50] = kNaN;
  const auto bins = equal_count_bins(strength);
  std::vector<int> members(10, 0);
  for (std::size_t p = 0; p < 100; ++p) {
    if (p == 50) continue;
    ++members[static_cast<std::size_t>(bins[p])];
    for (std::size_t q = 0; q < 100; ++q) {
      if (q != 50 && strength[q] > strength[p]) {
        EXPECT_GE(bins[q], bins[p]);
      }
    }
  }
  EXPECT_EQ(bins[50], -1);
  for (const int n : members) EXPECT_TRUE(n == 9 || n == 10);
  EXPECT_EQ(equal_count_bins(std::vector<double>{5.0, 5.0, 5.0, 5.0}, 2),
            (std::vector<std::int32_t>{0, 0, 1, 1}))
      << "stable";
  EXPECT_TRUE(equal_count_bins({}).empty());
  EXPECT_EQ(equal_count_bins(std::vector<double>{1.0}), (std::vector<std::int32_t>{0}));
}

TEST(StratumMeans, AreThoseOfEachStratumsMembers) {
  Dense scores = random_matrix(40, 3, 2);
  std::vector<std::int32_t> stratum(40);
  for (std::size_t p = 0; p < 40; ++p) stratum[p] = static_cast<std::int32_t>(p % 4) - 1;
  for (std::int64_t p = 0; p < 40; ++p) {
    scores(p, 0) += 5.0 * static_cast<double>(stratum[static_cast<std::size_t>(p)]);
  }
  scores(1, 2) = kNaN;
  BootstrapOptions options;
  options.draws = 400;
  const auto means = stratum_means(view(scores), stratum, 4, options);
  ASSERT_EQ(means.size(), 4U);
  for (std::int32_t s = 0; s < 3; ++s) {
    const auto& here = means[static_cast<std::size_t>(s)];
    EXPECT_EQ(here.perturbations, 10);
    for (std::int64_t col = 0; col < 3; ++col) {
      double sum = 0.0;
      double n = 0.0;
      for (std::int64_t p = 0; p < 40; ++p) {
        if (stratum[static_cast<std::size_t>(p)] != s || std::isnan(scores(p, col))) continue;
        sum += scores(p, col);
        n += 1.0;
      }
      const auto& estimate = here.columns[static_cast<std::size_t>(col)];
      EXPECT_NEAR(estimate.value, sum / n, 1e-14);
      EXPECT_EQ(estimate.n, static_cast<std::int64_t>(n));
      EXPECT_LT(estimate.interval.low, estimate.value);
      EXPECT_GT(estimate.interval.high, estimate.value);
    }
    EXPECT_NEAR(here.columns[0].value, 5.0 * s, 1.5) << "its own members";
  }
  EXPECT_EQ(means[3].perturbations, 0);
  EXPECT_EQ(means[3].columns.size(), 3U);
  EXPECT_FALSE(means[3].columns[0].undefined_because.empty());
  // Strata are resampled apart, so their errors are independent.
  Dense twins = zeros(20, 1);
  for (std::int64_t p = 0; p < 20; ++p) twins(p, 0) = scores(p / 2, 1);
  std::vector<std::int32_t> alternating(20);
  for (std::size_t p = 0; p < 20; ++p) alternating[p] = static_cast<std::int32_t>(p % 2);
  const auto apart = stratum_means(view(twins), alternating, 2, options);
  EXPECT_EQ(apart[0].columns[0].value, apart[1].columns[0].value);
  EXPECT_NE(apart[0].columns[0].interval.low, apart[1].columns[0].interval.low);
  // A prediction's numbers do not change with the company it keeps.
  Dense alone = zeros(40, 1);
  for (std::int64_t p = 0; p < 40; ++p) alone(p, 0) = scores(p, 1);
  const auto one = stratum_means(view(alone), stratum, 4, options);
  EXPECT_EQ(one[2].columns[0].interval.low, means[2].columns[1].interval.low);
}

TEST(WeightedMean, CountsAPerturbationAsMuchAsItIsReliable) {
  const std::vector<double> scores{1.0, 0.0, 5.0, kNaN, 3.0};
  const std::vector<double> r_full{0.9, 0.3, -0.4, 0.8, kNaN};
  const auto weights = reliability_weights(r_full);
  EXPECT_EQ(weights, (std::vector<double>{0.9, 0.3, 0.0, 0.8, 0.0}));
  const auto result = weighted_mean(scores, weights, Resamples(5, 500, 1));
  EXPECT_NEAR(result.mean.value, 0.9 / 1.2, 1e-15);
  EXPECT_EQ(result.mean.n, 2);
  EXPECT_NEAR(result.effective_count, 1.2 * 1.2 / (0.81 + 0.09), 1e-14);
  const std::vector<double> none(5, 0.0);
  const auto nothing = weighted_mean(scores, none, Resamples(5, 10, 1));
  EXPECT_FALSE(nothing.mean.undefined_because.empty());
  EXPECT_TRUE(std::isnan(nothing.mean.value));
  EXPECT_EQ(nothing.effective_count, 0.0);
}

TEST(WeightedMean, WithEqualWeightsIsTheMean) {
  const auto scores = random_matrix(30, 1, 3).values;
  const Resamples resamples(30, 500, 1);
  const auto weighted = weighted_mean(scores, std::vector<double>(30, 0.4), resamples);
  const auto plain = estimate_means({scores.data(), 30, 1, Space::kHost}, resamples).front();
  EXPECT_NEAR(weighted.mean.value, plain.value, 1e-15);
  EXPECT_NEAR(weighted.effective_count, 30.0, 1e-12);
  EXPECT_NEAR(weighted.mean.interval.low, plain.interval.low, 1e-12);
  EXPECT_NEAR(weighted.mean.interval.high, plain.interval.high, 1e-12);
}

TEST(StrengthWeights, AreCappedSoThatOneHugeEffectIsNotAll) {
  std::vector<double> distance;
  for (int p = 0; p < 101; ++p) distance.push_back(p);
  distance[100] = 1e9;
  distance[0] = -3.0;
  const auto weights = strength_weights(distance);
  EXPECT_EQ(weights[0], 0.0);
  EXPECT_EQ(weights[50], 50.0);
  EXPECT_EQ(weights[99], 95.0);
  EXPECT_EQ(weights[100], 95.0);
  EXPECT_TRUE(strength_weights({}).empty());
}

}  // namespace
}  // namespace cupel::quality::test
