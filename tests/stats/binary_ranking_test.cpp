#include "stats/binary_ranking.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace cupel::test {
namespace {

struct RankedLabel {
  double score;
  bool positive;
};

RankingAreas areas_of(const std::vector<RankedLabel>& genes) {
  std::vector<double> score;
  std::vector<std::uint8_t> positive;
  for (const auto& gene : genes) {
    score.push_back(gene.score);
    positive.push_back(gene.positive ? 1 : 0);
  }
  return ranking_areas(score, positive);
}

// Share of pairs (positive, negative) in the right order, ties half.
double slow_roc(const std::vector<RankedLabel>& genes) {
  double right = 0.0;
  double pairs = 0.0;
  for (const auto& positive : genes) {
    for (const auto& negative : genes) {
      if (!positive.positive || negative.positive) continue;
      pairs += 1.0;
      right += positive.score > negative.score ? 1.0 : positive.score == negative.score ? 0.5 : 0.0;
    }
  }
  return right / pairs;
}

// Sum over thresholds of the gain in recall times the precision there.
double slow_average_precision(const std::vector<RankedLabel>& genes) {
  std::set<double, std::greater<>> thresholds;
  for (const auto& gene : genes) thresholds.insert(gene.score);
  const auto positives = static_cast<double>(std::ranges::count_if(genes, &RankedLabel::positive));
  double area = 0.0;
  double recall_before = 0.0;
  for (const double threshold : thresholds) {
    double hits = 0.0;
    double named = 0.0;
    for (const auto& gene : genes) {
      if (gene.score < threshold) continue;
      named += 1.0;
      hits += gene.positive ? 1.0 : 0.0;
    }
    area += (hits / positives - recall_before) * hits / named;
    recall_before = hits / positives;
  }
  return area;
}

TEST(RankingAreas, EqualTheirDefinitions) {
  std::mt19937_64 rng(3);
  for (const int n : {2, 5, 64, 300, 700}) {
    std::vector<RankedLabel> genes{{1.0, true}, {0.0, false}};
    while (std::ssize(genes) < n) {
      const double score = static_cast<double>(rng() % 40);
      genes.push_back({score, rng() % 60 < static_cast<std::uint64_t>(score)});
    }
    const RankingAreas areas = areas_of(genes);
    EXPECT_FALSE(areas.single_class);
    EXPECT_NEAR(areas.roc, slow_roc(genes), 1e-12) << n;
    EXPECT_NEAR(areas.precision_recall, slow_average_precision(genes), 1e-12) << n;
  }
}

TEST(RankingAreas, AreExactlyOneForAPerfectRanking) {
  std::vector<RankedLabel> genes;
  for (int i = 0; i < 77; ++i) genes.push_back({static_cast<double>(i), i >= 30});
  const RankingAreas areas = areas_of(genes);
  EXPECT_EQ(areas.precision_recall, 1.0);
  EXPECT_EQ(areas.roc, 1.0);
}

TEST(RankingAreas, NeedBothClasses) {
  EXPECT_TRUE(areas_of({}).single_class);
  EXPECT_TRUE(areas_of({{1.0, true}, {2.0, true}}).single_class);
  EXPECT_TRUE(areas_of({{1.0, false}}).single_class);
}

}  // namespace
}  // namespace cupel::test
