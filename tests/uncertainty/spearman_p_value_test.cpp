#include "uncertainty/spearman_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "stats/spearman.hpp"
#include "support/matrices.hpp"

namespace cupel::test {
namespace {

// Spearman of every order of y, one by one.
double slow_p_value(const std::vector<double>& x, const std::vector<double>& y) {
  const double observed = std::abs(spearman(x, y));
  std::vector<std::size_t> order(y.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  double as_far = 0.0;
  double orders = 0.0;
  do {
    std::vector<double> shuffled;
    for (const std::size_t place : order) shuffled.push_back(y[place]);
    as_far += std::abs(spearman(x, shuffled)) >= observed - 1e-12 ? 1.0 : 0.0;
    orders += 1.0;
  } while (std::ranges::next_permutation(order).found);
  return as_far / orders;
}

TEST(SpearmanTest, CountsAllOrdersOfFewPoints) {
  std::mt19937_64 rng(1);
  for (const int n : {2, 3, 5, 6}) {
    for (int repeat = 0; repeat < 5; ++repeat) {
      std::vector<double> x;
      std::vector<double> y;
      for (int i = 0; i < n; ++i) {
        x.push_back(static_cast<double>(rng() % 4) + 0.1 * i);
        y.push_back(static_cast<double>(rng() % 4));
      }
      const auto test = spearman_test(x, y);
      if (!test.rho.defined()) continue;
      EXPECT_TRUE(test.exact);
      EXPECT_EQ(test.p_value, slow_p_value(x, y));
      PermutationOptions drawn;
      drawn.exact_up_to = 0;
      EXPECT_NEAR(spearman_test(x, y, drawn).p_value, test.p_value, 0.025);
    }
  }
}

TEST(SpearmanTest, IsUndefinedWhereASideDoesNotVary) {
  const auto test = spearman_test(std::vector<double>{1.0, 1.0}, std::vector<double>{1.0, 2.0});
  EXPECT_FALSE(test.rho.defined());
  EXPECT_TRUE(std::isnan(test.p_value));
}

TEST(SpearmanTest, FindsFivePercentAmongUnrelatedQuantitiesAndAPlantedRelation) {
  std::mt19937_64 rng(2);
  std::normal_distribution<double> normal;
  int found = 0;
  int planted = 0;
  for (int simulation = 0; simulation < 1000; ++simulation) {
    std::vector<double> x;
    std::vector<double> y;
    std::vector<double> related;
    for (int i = 0; i < 25; ++i) {
      x.push_back(normal(rng));
      y.push_back(normal(rng));
      related.push_back(0.8 * x.back() + 0.6 * y.back());
    }
    PermutationOptions options;
    options.draws = 400;
    options.series = static_cast<std::uint32_t>(simulation);
    found += spearman_test(x, y, options).p_value <= 0.05 ? 1 : 0;
    planted += spearman_test(x, related, options).p_value <= 0.05 ? 1 : 0;
  }
  EXPECT_NEAR(found / 1000.0, 0.05, 0.02);
  EXPECT_GT(planted, 950);
}

TEST(SpearmanTest, IsTheSameForAnyThreads) {
  const auto x = random_matrix(50, 1, 1).values;
  const auto y = random_matrix(50, 1, 2).values;
  const auto all =
      with_thread_counts([&] { return std::vector<double>{spearman_test(x, y).p_value}; });
  EXPECT_TRUE(same_bits(all[0], all[1]));
  EXPECT_TRUE(same_bits(all[0], all[2]));
}

}  // namespace
}  // namespace cupel::test
