#include "quality/concordance.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "quality/reasons.hpp"

namespace cupel::quality::test {
namespace {

TEST(StrengthConcordance, IsOneOnTheDiagonalOnly) {
  const std::vector<double> truth{0.0, 10.0, 40.0, 5.0};
  const auto exact = strength_concordance(truth, truth);
  EXPECT_EQ(exact.ccc.value, 1.0);
  EXPECT_EQ(exact.slope.value, 1.0);
  EXPECT_EQ(exact.spearman.value, 1.0);
  std::vector<double> shrunk;
  for (const double value : truth) shrunk.push_back(0.5 * value + 1.0);
  const auto low = strength_concordance(truth, shrunk);
  EXPECT_NEAR(low.pearson.value, 1.0, 1e-15) << "correlation does not see it";
  EXPECT_NEAR(low.slope.value, 0.5, 1e-15);
  EXPECT_LT(low.ccc.value, 0.8);
}

TEST(StrengthConcordance, KeepsZerosUnlessTheRuleDropsThem) {
  const std::vector<double> truth{0.0, 10.0, 40.0, 5.0, 20.0, 8.0, kNaN};
  const std::vector<double> prediction{3.0, 12.0, 0.0, 5.0, 20.0, 9.0, 1.0};
  const auto all = strength_concordance(truth, prediction);
  EXPECT_EQ(all.n, 6);
  EXPECT_EQ(all.dropped, 1);
  EXPECT_EQ(all.mean_absolute_error.value, (3.0 + 2.0 + 40.0 + 0.0 + 0.0 + 1.0) / 6.0);
  EXPECT_EQ(all.mape_percent.undefined_because, reasons::kZeroCount);
  const auto dropped = strength_concordance(truth, prediction, {true, 4});
  EXPECT_EQ(dropped.n, 4);
  EXPECT_EQ(dropped.dropped, 3);
  EXPECT_GT(dropped.ccc.value, all.ccc.value) << "the loophole";
  EXPECT_TRUE(dropped.mape_percent.defined());
  const auto too_few = strength_concordance(truth, prediction, {true, 5});
  for (const Score& score : {too_few.pearson, too_few.spearman, too_few.mean_absolute_error,
                             too_few.mape_percent, too_few.ccc, too_few.slope}) {
    EXPECT_TRUE(std::isnan(score.value));
    EXPECT_EQ(score.undefined_because, reasons::kTooFewRows);
  }
}

TEST(StrengthConcordance, IsUndefinedWhereNothingVaries) {
  const std::vector<double> flat{3.0, 3.0, 3.0};
  const std::vector<double> up{1.0, 2.0, 3.0};
  const auto result = strength_concordance(flat, up);
  EXPECT_EQ(result.pearson.undefined_because, reasons::kNoDeviation);
  EXPECT_EQ(result.slope.undefined_because, reasons::kNoDeviation);
  EXPECT_EQ(result.ccc.value, 0.0) << "the prediction varies, the truth does not";
  EXPECT_EQ(strength_concordance(flat, flat).ccc.undefined_because, reasons::kNoDeviation);
}

TEST(SignificanceAuc, TellsRealEffectsFromTheOthers) {
  const std::vector<double> size{5.0, 1.0, 4.0, 2.0};
  EXPECT_EQ(significance_auc(size, std::vector<std::uint8_t>{1, 0, 1, 0}).value, 1.0);
  EXPECT_EQ(significance_auc(size, std::vector<std::uint8_t>{0, 1, 1, 0}).value, 0.25);
  const std::vector<double> gap{5.0, kNaN, 4.0, 2.0};
  EXPECT_EQ(significance_auc(gap, std::vector<std::uint8_t>{0, 1, 1, 0}).value, 0.5);
  EXPECT_EQ(significance_auc(size, std::vector<std::uint8_t>{1, 1, 1, 1}).undefined_because,
            reasons::kOneClass);
}

}  // namespace
}  // namespace cupel::quality::test
