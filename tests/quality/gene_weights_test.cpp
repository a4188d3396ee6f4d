#include "quality/gene_weights.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "quality/correlation.hpp"
#include "quality/pointwise_error.hpp"
#include "quality/reasons.hpp"

namespace cupel::quality::test {
namespace {

TEST(DeWeights, RunFromTheSmallestScoreToTheGreatest) {
  EXPECT_EQ(de_weights(std::vector<double>{-1.0, 2.0, -5.0, 3.0}, 1.0).weight,
            (std::vector<double>{0.0, 0.25, 1.0, 0.5}));
  EXPECT_EQ(de_weights(std::vector<double>{-1.0, 2.0, -5.0, 3.0}).weight,
            (std::vector<double>{0.0, 0.0625, 1.0, 0.25}));
}

TEST(DeWeights, SayWhenTheySingleOutNoGene) {
  EXPECT_EQ(de_weights({}).degenerate, reasons::kNoGenes);
  EXPECT_EQ(de_weights(std::vector<double>{2.0, -2.0}).degenerate, reasons::kEqualScores);
  EXPECT_EQ(de_weights(std::vector<double>{0.0, kNaN}).degenerate, reasons::kNoScores);
  EXPECT_EQ(de_weights(std::vector<double>{0.0, kNaN}).weight, (std::vector<double>{0.0, 0.0}));
  EXPECT_EQ(de_weights(std::vector<double>{kInfinity, 1.0, 0.0}).weight[0], 1.0)
      << "an infinite score";
}

TEST(ReproducibilityWeights, AreTheShareOfTheEffectThatIsNotNoise) {
  const auto weights =
      reproducibility_weights(std::vector<double>{2.0, -1.0, 0.0, 0.0, 3.0, kNaN},
                              std::vector<double>{0.0, 1.0, 1.0, 0.0, kInfinity, 1.0});
  EXPECT_EQ(weights.weight, (std::vector<double>{1.0, 0.5, 0.0, 0.0, 0.0, 0.0}));
  EXPECT_TRUE(weights.degenerate.empty());
  EXPECT_EQ(reproducibility_weights(std::vector<double>{0.0}, std::vector<double>{1.0}).degenerate,
            reasons::kNoWeight);
}

TEST(EffectiveGeneCount, IsOneForASingleGeneAndAllForEqualWeights) {
  EXPECT_EQ(effective_gene_count(std::vector<double>{0.0, 0.3, 0.0}).value, 1.0);
  EXPECT_EQ(effective_gene_count(std::vector<double>{0.3, 0.3, 0.3, 0.3}).value, 4.0);
  EXPECT_FALSE(effective_gene_count(std::vector<double>{0.0, 0.0}).defined());
  EXPECT_FALSE(effective_gene_count({}).defined());
}

// The small screen of vcbench-and-turbine.md, section 5: weights from the true effects, R^2 about
// the mean of the three truths. The third is about a single gene.
TEST(DeWeights, GiveThePublishedScoresOfASmallScreen) {
  const std::vector<double> control{1.0, 2.0 / 3, 5.0 / 3, 8.0 / 3, 1.0 / 3, 4.0 / 3};
  const std::vector<std::vector<double>> truth{
      {2.0, 1.0 / 3, 1.0 / 3, 10.0 / 3, 4.0 / 3, 2.0 / 3},
      {1.0 / 3, 7.0 / 3, 7.0 / 3, 2.0 / 3, 1.0 / 3, 4.0 / 3},
      {2.0 / 3, 2.0 / 3, 5.0 / 3, 8.0 / 3, 10.0 / 3, 1.0}};
  const std::vector<std::vector<double>> prediction{
      {5.0 / 3, 2.0 / 3, 2.0 / 3, 10.0 / 3, 2.0 / 3, 4.0 / 3},
      {2.0 / 3, 5.0 / 3, 7.0 / 3, 5.0 / 3, 1.0 / 3, 4.0 / 3},
      {4.0 / 3, 1.0 / 3, 1.0, 3.0, 5.0 / 3, 2.0 / 3}};
  std::vector<double> mean(6, 0.0);
  for (const auto& each : truth) {
    for (std::size_t g = 0; g < 6; ++g) mean[g] += each[g] / 3.0;
  }
  const std::vector<double> wmse{.192982, .689211, 2.717537};
  const std::vector<double> r2{.749534, .605859, -33.093484};
  for (std::size_t p = 0; p < 3; ++p) {
    const auto weights = de_weights(minus(truth[p], control)).weight;
    EXPECT_NEAR(weighted_mse(prediction[p], truth[p], weights).value, wmse[p], 5e-7) << p;
    EXPECT_NEAR(r_squared(minus(truth[p], mean), minus(prediction[p], mean), weights).value, r2[p],
                5e-6)
        << p;
    EXPECT_EQ(effective_gene_count(weights).value < 1.1, p == 2) << p;
  }
}

}  // namespace
}  // namespace cupel::quality::test
