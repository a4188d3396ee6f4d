#include "evaluation/strata.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace cupel::test {
namespace {

// Two null perturbations, one weak, three strong.
ContextTruth six() {
  ContextTruth truth;
  truth.perturbations = {"a", "b", "c", "d", "e", "f"};
  truth.n_cells.assign(6, 10);
  truth.n_de = {0, 0, 2, 9, 8, 7};
  truth.squared_effect = {4, 5, 8, 20, 29, 40};
  truth.noise.assign(6, 4.0);
  truth.e_p.assign(6, 0.5);
  truth.e_p_adj = {0.5, 0.5, 0.01, 0.01, 0.01, 0.01};
  truth.r_half.assign(6, 0.0);
  truth.reliability = {0.0, -0.1, 0.25, 0.64, 0.81, 1.0};
  truth.ceiling = {0.0, kNaN, 0.5, 0.8, 0.9, 1.0};
  truth.stratum = {0, 0, 1, 3, 3, 3};
  truth.decile = {0, 1, 3, 5, 6, 8};
  return truth;
}

ContextResult result_of(const std::vector<std::pair<std::string, std::vector<double>>>& metrics) {
  ContextResult result;
  for (const auto& [name, values] : metrics) {
    MetricResult metric;
    metric.metric = &find_metric(name);
    for (const double value : values) metric.scores.push_back(Score::of(value));
    result.metrics.push_back(metric);
  }
  return result;
}

StratumScore row(const std::vector<StratumScore>& rows, const std::string& stratum,
                 const std::string& metric) {
  for (const auto& each : rows) {
    if (each.stratum == stratum && each.metric == metric) return each;
  }
  ADD_FAILURE() << "no row of " << metric << " in " << stratum;
  return {};
}

const PredictedEffects kPredicted{{2, 4, 1, 4, 5, 6}, {}, {3, 5, 0, 9, 9, 9}};

TEST(Strata, HaveTheirOwnMeansAndCeilings) {
  const auto rows = score_strata(six(),
                                 result_of({{"delta_pearson", {0.9, 0.7, 0.5, 0.4, 0.9, 0.5}},
                                            {"expr_mse", {1, 3, 5, 6, 7, 8}}}),
                                 kPredicted);
  const auto strong = row(rows, "strong", "delta_pearson");
  EXPECT_NEAR(strong.mean, 0.6, 1e-15);
  EXPECT_EQ(strong.n, 3);
  EXPECT_LE(strong.low, strong.mean);
  EXPECT_GE(strong.high, strong.mean);
  EXPECT_NEAR(strong.fraction_of_ceiling, (0.4 / 0.8 + 0.9 / 0.9 + 0.5 / 1.0) / 3.0, 1e-15);
  EXPECT_NEAR(row(rows, "weak", "delta_pearson").fraction_of_ceiling, 1.0, 1e-15);
  EXPECT_TRUE(std::isnan(row(rows, "strong", "expr_mse").fraction_of_ceiling));
  EXPECT_EQ(row(rows, "strong", "expr_mse").reason, "no ceiling is known for this metric");
  EXPECT_NEAR(row(rows, "all", "expr_mse").mean, 5.0, 1e-15);
  EXPECT_NEAR(row(rows, "decile_1", "expr_mse").mean, 1.0, 1e-15);
  EXPECT_NEAR(row(rows, "decile_9", "expr_mse").mean, 8.0, 1e-15);
  for (const auto& each : rows) EXPECT_NE(each.stratum, "medium") << "no perturbation is in it";
}

TEST(Strata, OfNothingAreJudgedByWhatIsClaimed) {
  const auto rows = score_strata(
      six(),
      result_of({{"delta_pearson", {0.9, 0.7, 0, 0, 0, 0}}, {"expr_mse", {1, 3, 5, 6, 7, 8}}}),
      kPredicted);
  const auto agreement = row(rows, "null", "delta_pearson");
  EXPECT_TRUE(std::isnan(agreement.mean)) << "a correlation with noise is no merit";
  EXPECT_EQ(agreement.reason, "nothing to agree with: see claimed_effect and false_calls");
  EXPECT_NEAR(row(rows, "null", "expr_mse").mean, 2.0, 1e-15);
  EXPECT_NEAR(row(rows, "null", "claimed_effect").mean, (2.0 / 2.0 + 4.0 / 2.0) / 2.0, 1e-15);
  EXPECT_NEAR(row(rows, "null", "false_calls").mean, 4.0, 1e-15);
  for (const auto& each : rows) {
    EXPECT_TRUE(each.metric != "false_calls" || each.stratum == "null");
  }
}

TEST(Strata, WeighByReliability) {
  const auto rows = score_strata(six(), result_of({{"expr_mse", {1, 3, 5, 6, 7, 8}}}), kPredicted);
  const auto weighted = row(rows, "reliability_weighted", "expr_mse");
  const double total = 0.25 + 0.64 + 0.81 + 1.0;
  EXPECT_NEAR(weighted.mean, (0.25 * 5 + 0.64 * 6 + 0.81 * 7 + 8) / total, 1e-14);
  EXPECT_NEAR(weighted.effective_n, total * total / (0.25 * 0.25 + 0.64 * 0.64 + 0.81 * 0.81 + 1.0),
              1e-12);
  EXPECT_EQ(weighted.n, 4);
}

TEST(Strata, AskWhetherStrengthIsPredicted) {
  const auto rows = score_strata(six(), result_of({{"expr_mse", {1, 3, 5, 6, 7, 8}}}), kPredicted);
  // True lengths without noise: 0, 1, 2, 4, 5, 6; predicted 2, 4, 1, 4, 5, 6.
  // (a, b) = (2, 4) against (1, 4, 5, 6): a wins over c alone, b over c and half of d.
  EXPECT_NEAR(row(rows, "all", "significance_auc").mean, 1.0 - (1.0 + 1.5) / 8.0, 1e-15);
  EXPECT_EQ(row(rows, "all", "strength_ccc").n, 6);
  EXPECT_GT(row(rows, "all", "strength_spearman").mean, 0.5);
}

TEST(Strata, LeaveOutWhatTheRunDidNotCompute) {
  auto truth = six();
  truth.stratum.assign(6, 4);
  truth.decile.assign(6, -1);
  const auto rows = score_strata(truth, result_of({{"expr_mse", {1, kNaN, 5, 6, 7, 8}}}), {});
  EXPECT_EQ(row(rows, "unmeasured", "expr_mse").n, 5);
  for (const auto& each : rows) {
    EXPECT_EQ(each.metric, "expr_mse");
    EXPECT_FALSE(each.stratum.starts_with("decile")) << each.stratum;
  }
}

}  // namespace
}  // namespace cupel::test
