#include "stats/spearman.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace cupel::test {
namespace {

// A value's average rank: one more than how many lie below it, plus half of its other equals.
std::vector<double> slow_ranks(const std::vector<double>& values) {
  std::vector<double> ranks;
  for (const double value : values) {
    double rank = 1.0;
    for (const double other : values) {
      rank += other < value ? 1.0 : other == value ? 0.5 : 0.0;
    }
    ranks.push_back(rank - 0.5);  // it equals itself
  }
  return ranks;
}

double slow_pearson(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  double ma = 0.0;
  double mb = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ma += a[i] / n;
    mb += b[i] / n;
  }
  double sab = 0.0;
  double saa = 0.0;
  double sbb = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sab += (a[i] - ma) * (b[i] - mb);
    saa += (a[i] - ma) * (a[i] - ma);
    sbb += (b[i] - mb) * (b[i] - mb);
  }
  return sab / std::sqrt(saa * sbb);
}

TEST(Spearman, IsPearsonOfAverageRanks) {
  std::mt19937_64 rng(7);
  for (const int n : {2, 3, 10, 257}) {
    std::vector<double> a;
    std::vector<double> b;
    for (int i = 0; i < n; ++i) {
      a.push_back(static_cast<double>(rng() % 50));
      b.push_back(static_cast<double>(rng() % 50) + 0.5 * a.back());
    }
    EXPECT_NEAR(spearman(a, b), slow_pearson(slow_ranks(a), slow_ranks(b)), 1e-12) << n;
  }
}

TEST(Spearman, GivesExactlyOneForEqualOrders) {
  const std::vector<double> a{3.0, -kInfinity, 1e300, 3.0, kInfinity, 0.1, -7.0};
  const std::vector<double> b{3.5, -100.0, 1e3, 3.5, 1e9, 0.2, -7.0};
  EXPECT_EQ(spearman(a, b), 1.0);
}

TEST(Spearman, RanksNaNAsTheLargestValue) {
  EXPECT_EQ(twice_average_ranks(std::vector<double>{kNaN, 1.0, kInfinity, kNaN}),
            (std::vector<std::int64_t>{7, 2, 4, 7}));
}

TEST(Spearman, IsUndefinedForFewerThanTwoPointsOrNoVariation) {
  EXPECT_TRUE(std::isnan(spearman({}, {})));
  EXPECT_TRUE(std::isnan(spearman(std::vector<double>{1.0}, std::vector<double>{2.0})));
  EXPECT_TRUE(std::isnan(spearman(std::vector<double>{1.0, 1.0}, std::vector<double>{2.0, 3.0})));
}

}  // namespace
}  // namespace cupel::test
