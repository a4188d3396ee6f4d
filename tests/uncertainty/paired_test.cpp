#include "uncertainty/paired.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "support/matrices.hpp"
#include "uncertainty/multiple_tests.hpp"

namespace cupel::test {
namespace {

// Every assignment of signs, one by one.
double slow_p_value(const std::vector<double>& differences) {
  const auto n = differences.size();
  double observed = 0.0;
  for (const double d : differences) observed += d;
  int as_far = 0;
  for (std::size_t signs = 0; signs < (std::size_t{1} << n); ++signs) {
    double sum = 0.0;
    for (std::size_t i = 0; i < n; ++i)
      sum += (signs >> i & 1) != 0 ? -differences[i] : differences[i];
    as_far += std::abs(sum) >= std::abs(observed) - 1e-12 ? 1 : 0;
  }
  return static_cast<double>(as_far) / static_cast<double>(std::size_t{1} << n);
}

PairedComparison against_zero(const std::vector<double>& values,
                              const SignFlipOptions& flips = {}) {
  const auto n = std::ssize(values);
  return compare_paired(values, std::vector<double>(values.size(), 0.0), Resamples(n, 200, 1),
                        flips);
}

TEST(ComparePaired, CountsAllAssignmentsOfFewPairs) {
  for (const std::int64_t n : {1, 2, 3, 7, 12}) {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
      auto values = random_matrix(n, 1, seed).values;
      const auto result = against_zero(values);
      EXPECT_TRUE(result.exact);
      EXPECT_EQ(result.p_value, slow_p_value(values)) << n;
      for (double& value : values) value = std::round(value);  // sums that tie
      EXPECT_EQ(against_zero(values).p_value, slow_p_value(values)) << n;
    }
  }
  EXPECT_EQ(against_zero({1.0, 2.0, 3.0}).p_value, 0.25);  // +++ and ---
  EXPECT_EQ(against_zero({1.0}).p_value, 1.0);
}

TEST(ComparePaired, TiesByRoundingAreTies) {
  // 0.1 + 0.2 - 0.3 is 5.6e-17 and -0.1 - 0.2 + 0.3 is its negative: all eight are as far from 0.
  EXPECT_EQ(against_zero({0.1, 0.2, -0.3}).p_value, 1.0);
}

TEST(ComparePaired, FindsNothingBetweenIdenticalPredictions) {
  const auto values = random_matrix(300, 1, 1).values;
  const auto result = compare_paired(values, values, Resamples(300, 100, 1));
  EXPECT_EQ(result.p_value, 1.0);
  EXPECT_EQ(result.nonzero, 0);
  EXPECT_EQ(result.difference.value, 0.0);
  EXPECT_EQ(result.difference.interval.low, 0.0);
  EXPECT_EQ(result.difference.interval.high, 0.0);
  const std::vector<double> infinite{kInfinity, kInfinity, 1.0};
  EXPECT_EQ(compare_paired(infinite, infinite, Resamples(3, 10, 1)).p_value, 1.0);
}

TEST(ComparePaired, DrawsAssignmentsOfManyPairs) {
  for (const std::int64_t n : {13, 16}) {
    const auto values = random_matrix(n, 1, 5).values;
    SignFlipOptions flips;
    flips.exact_up_to = 4;
    flips.draws = 20'000;
    const auto result = against_zero(values, flips);
    EXPECT_FALSE(result.exact);
    EXPECT_EQ(result.draws, 20'000);
    const double exact = slow_p_value(values);
    EXPECT_NEAR(result.p_value, exact, 5.0 * std::sqrt(exact * (1.0 - exact) / 20'000.0));
    flips.seed = 1;
    EXPECT_NE(against_zero(values, flips).p_value, result.p_value);
  }
  // The least p-value there is: no draw is as far.
  SignFlipOptions flips;
  flips.draws = 999;
  EXPECT_EQ(against_zero(std::vector<double>(100, 1.0), flips).p_value, 1.0 / 1000.0);
}

TEST(ComparePaired, IsTheSameTheOtherWayRoundAndForAnyThreads) {
  const auto a = random_matrix(100, 1, 5).values;
  const auto b = random_matrix(100, 1, 6).values;
  const Resamples resamples(100, 500, 1);
  const auto forth = compare_paired(a, b, resamples);
  const auto back = compare_paired(b, a, resamples);
  EXPECT_EQ(forth.p_value, back.p_value);
  EXPECT_EQ(forth.difference.value, -back.difference.value);
  const auto all = with_thread_counts([&] {
    const auto result = compare_paired(a, b, resamples);
    return std::vector<double>{result.p_value, result.difference.interval.low};
  });
  EXPECT_TRUE(same_bits(all[0], all[1]));
  EXPECT_TRUE(same_bits(all[0], all[2]));
}

TEST(ComparePaired, ComparesMetricByMetric) {
  const Dense a = random_matrix(60, 5, 1);
  Dense b = random_matrix(60, 5, 2);
  b(7, 3) = kNaN;
  const auto column = [](const Dense& dense, std::int64_t col) {
    std::vector<double> values;
    for (std::int64_t row = 0; row < dense.rows; ++row) values.push_back(dense(row, col));
    return values;
  };
  const Resamples resamples(60, 300, 1);
  const auto all = compare_paired({a.values.data(), 60, 5, Space::kHost},
                                  {b.values.data(), 60, 5, Space::kHost}, resamples);
  ASSERT_EQ(all.size(), 5U);
  for (std::int64_t col = 0; col < 5; ++col) {
    const auto one = compare_paired(column(a, col), column(b, col), resamples);
    const auto& same = all[static_cast<std::size_t>(col)];
    EXPECT_EQ(one.p_value, same.p_value);
    EXPECT_EQ(one.difference.value, same.difference.value);
    EXPECT_EQ(one.difference.interval.high, same.difference.interval.high);
    EXPECT_EQ(one.difference.n, col == 3 ? 59 : 60);
  }
}

TEST(ComparePaired, LeavesOutWhatOneSideLacks) {
  const std::vector<double> a{1.0, kNaN, 3.0, 4.0};
  const std::vector<double> b{0.0, 5.0, kNaN, 4.0};
  const auto result = compare_paired(a, b, Resamples(4, 100, 1));
  EXPECT_EQ(result.difference.n, 2);
  EXPECT_EQ(result.difference.value, 0.5);
  EXPECT_EQ(result.nonzero, 1);
  EXPECT_EQ(result.dropped, 2);
  EXPECT_EQ(result.p_value, 1.0);
}

TEST(ComparePaired, SaysWhyThereIsNoPValue) {
  const std::vector<double> none{kNaN, kNaN};
  const auto nothing = compare_paired(none, none, Resamples(2, 10, 1));
  EXPECT_TRUE(std::isnan(nothing.p_value));
  EXPECT_FALSE(nothing.undefined_because.empty());
  EXPECT_FALSE(nothing.difference.undefined_because.empty());
  const auto infinite = compare_paired(std::vector<double>{kInfinity, 1.0},
                                       std::vector<double>{1.0, 2.0}, Resamples(2, 10, 1));
  EXPECT_TRUE(std::isnan(infinite.p_value));
  EXPECT_EQ(infinite.undefined_because, "a difference is infinite");
}

// Greatest distance of the p-values' distribution from the uniform one, times sqrt(n); above 1.63
// in one of a hundred simulations.
double distance_from_uniform(std::vector<double> p_values) {
  std::ranges::sort(p_values);
  const auto n = static_cast<double>(p_values.size());
  double greatest = 0.0;
  for (std::size_t i = 0; i < p_values.size(); ++i) {
    const auto below = static_cast<double>(i);
    greatest = std::max({greatest, p_values[i] - below / n, (below + 1.0) / n - p_values[i]});
  }
  return greatest * std::sqrt(n);
}

TEST(ComparePaired, HasUniformPValuesWhereNeitherIsBetter) {
  for (const std::int64_t n : {15, 40}) {  // exact and drawn
    std::mt19937_64 rng(3);
    std::exponential_distribution<double> score;  // skewed, but alike on both sides
    std::vector<double> p_values;
    int found = 0;
    for (int simulation = 0; simulation < 1000; ++simulation) {
      std::vector<double> a;
      std::vector<double> b;
      for (std::int64_t i = 0; i < n; ++i) {
        const double hard = 3.0 * score(rng);  // what the two share
        a.push_back(hard + score(rng));
        b.push_back(hard + score(rng));
      }
      SignFlipOptions flips;
      flips.draws = 1000;
      flips.series = static_cast<std::uint32_t>(simulation);
      p_values.push_back(compare_paired(a, b, Resamples(n, 2, 1), flips).p_value);
      for (double& value : a) value += 1.2;
      found += compare_paired(a, b, Resamples(n, 2, 1), flips).p_value < 0.05 ? 1 : 0;
    }
    EXPECT_LT(distance_from_uniform(p_values), 1.63) << n;
    EXPECT_GT(found, 700) << "a real difference is found, n = " << n;
  }
}

TEST(Holm, MultipliesByTheTestsStillOpen) {
  EXPECT_EQ(holm(std::vector<double>{0.01, 0.04, 0.03}), (std::vector<double>{0.03, 0.06, 0.06}));
  EXPECT_EQ(holm(std::vector<double>{0.4, 0.5}), (std::vector<double>{0.8, 0.8}));
  EXPECT_EQ(holm(std::vector<double>{0.9, 0.8}), (std::vector<double>{1.0, 1.0}));
  EXPECT_TRUE(holm({}).empty());
}

TEST(Holm, DoesNotCountATestWithoutAPValue) {
  const auto adjusted = holm(std::vector<double>{kNaN, 0.01, 0.5});
  EXPECT_TRUE(std::isnan(adjusted[0]));
  EXPECT_EQ(adjusted[1], 0.02);
  EXPECT_EQ(adjusted[2], 0.5);
  EXPECT_TRUE(std::isnan(holm_sidak(std::vector<double>{kNaN, 0.01})[0]));
}

TEST(HolmSidak, IsThePowerFormAndNeverAboveHolm) {
  std::mt19937_64 rng(3);
  std::uniform_real_distribution<double> uniform;
  std::vector<double> p(20);
  for (double& each : p) each = 0.2 * uniform(rng);
  auto sorted = p;
  std::ranges::sort(sorted);
  const auto adjusted = holm_sidak(p);
  const auto plain = holm(p);
  for (std::size_t i = 0; i < p.size(); ++i) {
    double expected = 0.0;
    for (std::size_t k = 0; k < sorted.size() && sorted[k] <= p[i]; ++k) {
      expected = std::max(expected, 1.0 - std::pow(1.0 - sorted[k], 20.0 - static_cast<double>(k)));
    }
    EXPECT_NEAR(adjusted[i], expected, 1e-14);
    EXPECT_LE(adjusted[i], plain[i]);
  }
  EXPECT_NEAR(holm_sidak(std::vector<double>{1e-20, 0.5})[0], 2e-20, 1e-30) << "no cancellation";
}

TEST(Holm, FindsSomethingInFivePercentOfScreensWithNothing) {
  std::mt19937_64 rng(4);
  std::uniform_real_distribution<double> uniform;
  int with_holm = 0;
  int with_sidak = 0;
  for (int screen = 0; screen < 4000; ++screen) {
    std::vector<double> p(30);
    for (double& each : p) each = uniform(rng);
    with_holm += std::ranges::min(holm(p)) < 0.05 ? 1 : 0;
    with_sidak += std::ranges::min(holm_sidak(p)) < 0.05 ? 1 : 0;
  }
  EXPECT_NEAR(with_sidak / 4000.0, 0.05, 4.0 * std::sqrt(0.05 * 0.95 / 4000.0));
  EXPECT_LE(with_holm, with_sidak);
}

}  // namespace
}  // namespace cupel::test
