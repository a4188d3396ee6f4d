#include "uncertainty/rank_intervals.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "support/matrices.hpp"
#include "uncertainty/bootstrap.hpp"

namespace cupel::test {
namespace {

TEST(MeanRanks, ShareTiesAndPutUndefinedLast) {
  const std::vector<double> values{0.5, kNaN, 0.9, 0.5, kNaN, 0.1};
  EXPECT_EQ(mean_ranks(values, Better::kHigher), (std::vector<double>{2.5, 5.5, 1, 2.5, 5.5, 4}));
  EXPECT_EQ(mean_ranks(values, Better::kLower), (std::vector<double>{2.5, 5.5, 4, 2.5, 5.5, 1}));
  EXPECT_TRUE(mean_ranks({}, Better::kHigher).empty());
}

// Ten draws of three predictions, so that every number can be counted by hand.
TEST(RankPredictions, CountsRanksOverDraws) {
  Dense draws = zeros(10, 3);
  for (std::int64_t draw = 0; draw < 10; ++draw) {
    draws(draw, 0) = draw < 6 ? 3.0 : 1.0;   // first in six, last in four
    draws(draw, 1) = 2.0;                    // second, but
    draws(draw, 2) = draw == 9 ? 2.0 : 2.5;  // once ties with the third
  }
  const std::vector<double> means{2.2, 2.0, 2.45};
  const MatrixView<const double> view{draws.values.data(), 10, 3, Space::kHost};
  const auto wide = rank_predictions(means, view, Better::kHigher, 0.9);
  EXPECT_EQ(wide[0].rank, 2.0);
  EXPECT_EQ(wide[1].rank, 3.0);
  EXPECT_EQ(wide[2].rank, 1.0);
  EXPECT_EQ(wide[0].low, 1.0);
  EXPECT_EQ(wide[0].high, 3.0);
  EXPECT_NEAR(wide[0].probability_best, 0.6, 1e-15);
  EXPECT_NEAR(wide[1].probability_best, 0.05, 1e-15);  // half of one
  EXPECT_NEAR(wide[2].probability_best, 0.35, 1e-15);
  EXPECT_EQ(wide[1].low, 1.5);
  EXPECT_EQ(wide[1].high, 3.0);
  // Cuts one draw off either end: 1.5, 2, 2, 2 | 3 x 6.
  const auto narrow = rank_predictions(means, view, Better::kHigher, 0.8);
  EXPECT_EQ(narrow[1].low, 2.0);
  EXPECT_EQ(narrow[1].high, 3.0);
  const auto lower = rank_predictions(means, view, Better::kLower, 0.9);
  EXPECT_EQ(lower[1].rank, 1.0);
  EXPECT_NEAR(lower[0].probability_best, 0.4, 1e-15);
}

TEST(RankPredictions, GivesIdenticalPredictionsTheSameRank) {
  std::mt19937_64 rng(3);
  std::normal_distribution<double> normal;
  Dense scores = zeros(60, 4);
  for (std::int64_t p = 0; p < 60; ++p) {
    const double hard = normal(rng);
    scores(p, 0) = hard + 0.1 * normal(rng);
    scores(p, 1) = scores(p, 0);
    scores(p, 2) = scores(p, 0) - 1.0;
    scores(p, 3) = kNaN;
  }
  const MatrixView<const double> view{scores.values.data(), 60, 4, Space::kHost};
  const Resamples resamples(60, 500, 1);
  std::vector<double> means;
  for (const auto& estimate : estimate_means(view, resamples)) means.push_back(estimate.value);
  const auto draws = resamples.means(view);
  const auto ranks = rank_predictions(means, draws.view(), Better::kHigher);
  for (const std::size_t twin : {0U, 1U}) {
    EXPECT_EQ(ranks[twin].rank, 1.5);
    EXPECT_EQ(ranks[twin].low, 1.5);
    EXPECT_EQ(ranks[twin].high, 1.5);
    EXPECT_EQ(ranks[twin].probability_best, 0.5);
  }
  EXPECT_EQ(ranks[2].low, 3.0) << "paired draws: what both share does not blur the order";
  EXPECT_EQ(ranks[2].high, 3.0);
  EXPECT_EQ(ranks[3].rank, 4.0);
  EXPECT_EQ(ranks[3].probability_best, 0.0);
}

TEST(RankPredictions, AreUndefinedWithoutABetterDirection) {
  const Dense draws = random_matrix(5, 2, 1);
  const auto ranks = rank_predictions(std::vector<double>{1.0, 2.0},
                                      {draws.values.data(), 5, 2, Space::kHost}, Better::kNeither);
  for (const auto& rank : ranks) {
    EXPECT_TRUE(std::isnan(rank.rank));
    EXPECT_TRUE(std::isnan(rank.probability_best));
    EXPECT_FALSE(rank.undefined_because.empty());
  }
}

TEST(RankPredictions, SharesTheChanceToBeBestAmongEqualModels) {
  std::mt19937_64 rng(5);
  std::normal_distribution<double> normal;
  double sum_of_first = 0.0;
  const int screens = 200;
  for (int screen = 0; screen < screens; ++screen) {
    Dense scores = zeros(30, 3);
    for (double& score : scores.values) score = normal(rng);
    const Resamples resamples(30, 200, 1, static_cast<std::uint32_t>(screen));
    const auto draws = resamples.means({scores.values.data(), 30, 3, Space::kHost});
    const auto ranks = rank_predictions(std::vector<double>(3, 0.0), draws.view(), Better::kHigher);
    sum_of_first += ranks[0].probability_best;
    EXPECT_NEAR(ranks[0].probability_best + ranks[1].probability_best + ranks[2].probability_best,
                1.0, 1e-12);
  }
  EXPECT_NEAR(sum_of_first / screens, 1.0 / 3.0, 0.08);
}

}  // namespace
}  // namespace cupel::test
