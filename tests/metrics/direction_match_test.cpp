#include <gtest/gtest.h>

#include "cupel/nan.hpp"
#include "support/de_case.hpp"

namespace cupel::test {
namespace {

// Share of one called gene: 1 where the reference calls the two signs the same.
double match(double real, double pred) {
  Conventions keep;
  keep.de.nan_fold_change = NanFoldChange::kKeep;
  const DeCase de(one_target({{real}, {0.01}}), one_target({{pred}, {0.01}}), keep);
  return de.scores("de_wilcoxon_direction_match")[0].value;
}

TEST(DirectionMatch, TakesTwoZerosAndTwoNanForTheSameSign) {
  EXPECT_EQ(match(0.0, -0.0), 1.0);
  EXPECT_EQ(match(kNaN, kNaN), 1.0);
  EXPECT_EQ(match(kNaN, 0.0), 0.0);
  EXPECT_EQ(match(0.0, kNaN), 0.0);
  EXPECT_EQ(match(1.0, kNaN), 0.0);
  EXPECT_EQ(match(kNaN, 1.0), 0.0);
}

// The metrics of direction that adjudicate take neither for a direction.
TEST(DirectionPrecision, TakesNeitherZeroNorNanForADirection) {
  for (const double real : {0.0, kNaN}) {
    Conventions keep;
    keep.de.nan_fold_change = NanFoldChange::kKeep;
    const DeCase de(one_target({{real, 1.0}, {0.01, 0.01}}),
                    one_target({{real, 0.0}, {0.01, 0.01}}), keep);
    EXPECT_EQ(de.scores("de_wilcoxon_direction_precision")[0].value, 0.0);
    EXPECT_EQ(de.comparison().direction(0).n_pred, 1);
    EXPECT_EQ(de.comparison().direction(0).matches, 0);
  }
}

}  // namespace
}  // namespace cupel::test
