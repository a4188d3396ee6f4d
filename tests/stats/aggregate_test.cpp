#include "stats/aggregate.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace cupel::test {
namespace {

std::vector<Score> mixed() {
  return {Score::of(0.5), Score::undefined("no variation"), Score::left_out("no calls")};
}

TEST(FillUndefined, PutsTheWorstValueWhereThereIsNoneAndKeepsTheReason) {
  const auto filled = fill_undefined(mixed(), find_metric("delta_pearson"), FillRule::kWorst);
  EXPECT_EQ(filled[0].value, 0.5);
  EXPECT_EQ(filled[1].value, -1.0);
  EXPECT_EQ(filled[1].undefined_because, "no variation");
  EXPECT_EQ(filled[2].value, -1.0);
  EXPECT_FALSE(filled[2].absent);
}

TEST(FillUndefined, LeavesMetricsWithoutAWorstValueAndRulesWithoutFill) {
  const auto no_worst =
      fill_undefined(mixed(), find_metric("de_wilcoxon_lfc_nmae"), FillRule::kWorst);
  const auto no_rule = fill_undefined(mixed(), find_metric("delta_pearson"), FillRule::kNone);
  for (const auto& scores : {no_worst, no_rule}) {
    EXPECT_TRUE(std::isnan(scores[1].value));
    EXPECT_TRUE(scores[2].absent);
  }
}

TEST(Aggregate, CountsRowsAndTellsMissingFromUndefined) {
  const Aggregate a = aggregate(mixed(), NanInMean::kSkip);
  EXPECT_EQ(a.count, 2);
  EXPECT_EQ(a.undefined, 1);
  EXPECT_EQ(a.missing, 1);
  EXPECT_EQ(a.mean, 0.5);
  EXPECT_TRUE(std::isnan(a.standard_deviation)) << "of a single value";
}

TEST(Aggregate, SkipsAMissingRowEvenWhereNanPropagates) {
  const std::vector<Score> scores{Score::of(1.0), Score::left_out("no calls"), Score::of(2.0)};
  EXPECT_EQ(aggregate(scores, NanInMean::kPropagate).mean, 1.5);
}

TEST(Aggregate, IsNanThroughoutForNoValues) {
  for (const auto& scores : {std::vector<Score>{}, std::vector<Score>{Score::undefined("why")}}) {
    const Aggregate a = aggregate(scores, NanInMean::kSkip);
    for (const double value : {a.mean, a.standard_deviation, a.least, a.greatest, a.median,
                               a.quarter, a.half, a.three_quarters}) {
      EXPECT_TRUE(std::isnan(value));
    }
  }
}

// polars' describe() on these columns.
TEST(Aggregate, TakesQuartilesFromTheNearestRow) {
  const auto of = [](const std::vector<double>& values) {
    std::vector<Score> scores;
    for (const double value : values) {
      scores.push_back(std::isnan(value) ? Score::undefined("why") : Score::of(value));
    }
    const Aggregate a = aggregate(scores, NanInMean::kPropagate);
    return std::vector<double>{a.quarter, a.half, a.three_quarters};
  };
  EXPECT_EQ(of({1, 2, 3, 4}), (std::vector<double>{2, 3, 3}));
  EXPECT_EQ(of({1, 2, 3, 4, 5, 6}), (std::vector<double>{2, 4, 5}));
  EXPECT_EQ(of({1, kNaN, 3, 8}), (std::vector<double>{3, 8, 8}));
  EXPECT_EQ(of({5, kNaN})[0], 5.0);
  EXPECT_TRUE(std::isnan(of({5, kNaN})[1])) << "NaN is the largest row";
}

TEST(RatioOfSums, RefusesWhatHasNoMeaning) {
  const std::vector<Score> one{Score::of(1.0)};
  const std::vector<Score> zero{Score::of(0.0)};
  const std::vector<Score> negative{Score::of(-1.0)};
  const std::vector<Score> infinite{Score::of(kInfinity)};
  const std::vector<Score> missing{Score::left_out("no calls")};
  EXPECT_EQ(ratio_of_sums(one, one).value, 1.0);
  for (const auto& [above, below] : {std::pair{one, zero},
                                     {one, negative},
                                     {one, infinite},
                                     {one, missing},
                                     {missing, missing}}) {
    const Score score = ratio_of_sums(above, below);
    EXPECT_TRUE(std::isnan(score.value));
    EXPECT_FALSE(score.undefined_because.empty());
  }
}

}  // namespace
}  // namespace cupel::test
