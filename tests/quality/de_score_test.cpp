#include "quality/de_score.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace cupel::quality {
namespace {

struct Sums {
  std::vector<double> sum, squares;
  std::int64_t cells = 0;
  explicit Sums(const std::vector<std::vector<double>>& rows) : cells(std::ssize(rows)) {
    for (std::size_t g = 0; g < rows.front().size(); ++g) {
      sum.push_back(0.0);
      squares.push_back(0.0);
      for (const auto& row : rows) {
        sum.back() += row[g];
        squares.back() += row[g] * row[g];
      }
    }
  }
  [[nodiscard]] CellSums view() const { return {sum, squares, cells}; }
};

TEST(DeScores, AreScanpysTestWithOverestimatedVariance) {
  const Sums group({{1, 0, 2}, {3, 0, 1}, {2, 0, 4}, {5, 0, 0.5}});
  const Sums rest({{0.5, 0, 1}, {1, 0, 2}, {0, 0, 3}, {2, 0, 1.5}, {1.5, 0, 2.5}, {0.2, 0, 2.2}});
  const auto scores = de_scores(group.view(), rest.view());
  // scipy.stats.ttest_ind_from_stats(..., 4, ..., 4, equal_var=False); its p at 4 degrees of
  // freedom, which are 4.20 and 4.21.
  EXPECT_NEAR(scores.t[0], 2.00669017, 1e-8);
  EXPECT_NEAR(scores.t[2], -0.18587297, 1e-8);
  EXPECT_NEAR(scores.p_value[0], 0.1152332229157148, 1e-10);
  EXPECT_NEAR(scores.p_value[2], 0.8615896444453358, 1e-10);
  EXPECT_TRUE(std::isnan(scores.t[1]) && std::isnan(scores.p_value[1])) << "nothing varies";
}

TEST(DeScores, NeedTwoCellsOnEachSide) {
  const Sums one({{1, 2}});
  const Sums two({{1, 2}, {2, 1}});
  for (const auto& scores :
       {de_scores(one.view(), two.view()), de_scores(two.view(), one.view())}) {
    EXPECT_TRUE(std::isnan(scores.t[0]) && std::isnan(scores.t[1]));
  }
}

TEST(DeScores, AreNearlyTheSameWhereTheNormalDistributionTakesOver) {
  // t = 2.8 with 198 and 202 degrees of freedom.
  for (const int cells : {100, 102}) {
    const double shift = 2.8 * std::sqrt(2.0 / (cells - 1));
    std::vector<std::vector<double>> a;
    std::vector<std::vector<double>> b;
    for (int i = 0; i < cells; ++i) {
      b.push_back({i % 2 == 0 ? 1.0 : -1.0});
      a.push_back({b.back()[0] + shift});
    }
    const auto scores = de_scores(Sums(a).view(), Sums(b).view());
    EXPECT_NEAR(scores.t[0], 2.8, 1e-12);
    EXPECT_NEAR(scores.p_value[0], 0.005616, 0.001);  // scipy: 2 t.sf(2.8, 198)
  }
}

TEST(BenjaminiHochberg, LeavesNanOut) {
  const auto nan = std::nan("");
  const auto adjusted = benjamini_hochberg(std::vector<double>{0.01, nan, 0.04, 0.03, 0.5});
  const std::vector<double> expected{0.04, nan, 0.16 / 3, 0.16 / 3, 0.5};  // scipy
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(adjusted[i]));
    } else {
      EXPECT_NEAR(adjusted[i], expected[i], 1e-15) << i;
    }
  }
  EXPECT_TRUE(benjamini_hochberg({}).empty());
}

}  // namespace
}  // namespace cupel::quality
