#include "report/truth_report.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "cupel/error.hpp"
#include "report/report.hpp"
#include "support/made_report.hpp"

namespace cupel::test {
namespace {

Truth made_truth() {
  ContextTruth context;
  context.context = "K562, \"day 3\"";
  context.perturbations = {"A", "B,C"};
  context.n_cells = {10, 1};
  context.n_de = {3, kNaN};
  context.squared_effect = {16.0, 0.1 + 0.2};
  context.noise = {20.0, kNaN};
  context.e_p = {1.0 / 3.0, kNaN};
  context.e_p_adj = {5e-324, 1e308};
  context.r_half = {-0.0, kInfinity};
  context.reliability = {0.7, -kInfinity};
  context.ceiling = {std::sqrt(0.7), kNaN};
  context.stratum = {3, 4};
  context.decile = {9, -1};
  context.systematic_variation = 2.0 / 3.0;
  context.control_a = {0.1, 0.2, 0.3};
  context.control_b = {};
  context.metrics = {
      {"expr_mse", 0.1, -0.1, 0.3, 0.5, 1e-17, 40, "identity-dominated", "because, so"},
      {"pds_l1", kNaN, kNaN, kNaN, kNaN, kNaN, 0, "not judged", "why"}};
  return {.seed = 0xFFFFFFFFFFFFFFFFULL,
          .permutations = 1999,
          .dimensions = 256,
          .contexts = {context, {}}};
}

void expect_same(const std::vector<double>& a, const std::vector<double>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i])) {
      EXPECT_TRUE(std::isnan(b[i]));
    } else {
      EXPECT_EQ(std::bit_cast<std::uint64_t>(a[i]), std::bit_cast<std::uint64_t>(b[i])) << a[i];
    }
  }
}

TEST(TruthJson, ComesBackWithTheSameBits) {
  const auto truth = made_truth();
  const auto back = parse_truth(truth_json(truth));
  EXPECT_EQ(truth_json(back), truth_json(truth));
  EXPECT_EQ(back.seed, truth.seed);
  EXPECT_EQ(back.permutations, truth.permutations);
  EXPECT_EQ(back.dimensions, truth.dimensions);
  ASSERT_EQ(back.contexts.size(), 2U);
  for (std::size_t c = 0; c < 2; ++c) {
    const auto& a = truth.contexts[c];
    const auto& b = back.contexts[c];
    EXPECT_EQ(a.context, b.context);
    EXPECT_EQ(a.perturbations, b.perturbations);
    EXPECT_EQ(a.n_cells, b.n_cells);
    EXPECT_EQ(a.stratum, b.stratum);
    EXPECT_EQ(a.decile, b.decile);
    expect_same({a.systematic_variation}, {b.systematic_variation});
    expect_same(a.n_de, b.n_de);
    expect_same(a.squared_effect, b.squared_effect);
    expect_same(a.noise, b.noise);
    expect_same(a.e_p, b.e_p);
    expect_same(a.e_p_adj, b.e_p_adj);
    expect_same(a.r_half, b.r_half);
    expect_same(a.reliability, b.reliability);
    expect_same(a.ceiling, b.ceiling);
    expect_same(a.control_a, b.control_a);
    expect_same(a.control_b, b.control_b);
    ASSERT_EQ(a.metrics.size(), b.metrics.size());
    for (std::size_t m = 0; m < a.metrics.size(); ++m) {
      EXPECT_EQ(a.metrics[m].metric, b.metrics[m].metric);
      EXPECT_EQ(a.metrics[m].n, b.metrics[m].n);
      EXPECT_EQ(a.metrics[m].verdict, b.metrics[m].verdict);
      EXPECT_EQ(a.metrics[m].reason, b.metrics[m].reason);
      expect_same({a.metrics[m].drf, a.metrics[m].drf_low, a.metrics[m].drf_high, a.metrics[m].bds,
                   a.metrics[m].no_change_score},
                  {b.metrics[m].drf, b.metrics[m].drf_low, b.metrics[m].drf_high, b.metrics[m].bds,
                   b.metrics[m].no_change_score});
    }
  }
}

TEST(TruthJson, RefusesWhatItHasNotWritten) {
  for (const auto* text : {"", "{", "[]", "{\"seed\": 1}", "{\"seed\": \"x\"}"}) {
    try {
      (void)parse_truth(text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
    }
  }
}

TEST(TruthCsv, HasOneLinePerPerturbationAndLeavesEmptyWhatWasNotLookedFor) {
  auto truth = made_truth();
  truth.contexts[0].reliability = {0.75, kNaN};
  truth.contexts[0].ceiling = {0.5, kNaN};
  truth.contexts[0].e_p = {0.25, kNaN};
  truth.contexts[0].e_p_adj = {0.5, kNaN};
  truth.contexts[0].squared_effect = {16.0, 0.25};
  EXPECT_EQ(truth_csv(truth),
            "perturbation,context,n_cells,n_de,effect,noise_corrected_effect,e_p,e_p_adj,"
            "reliability,ceiling,stratum,decile\n"
            "A,\"K562, \"\"day 3\"\"\",10,3,4,-2,0.25,0.5,0.75,0.5,strong,10\n"
            "\"B,C\",\"K562, \"\"day 3\"\"\",1,,0.5,NaN,NaN,NaN,NaN,NaN,unmeasured,\n");
}

TEST(MetricQualityCsv, SaysWhatIsDominatedByIdentity) {
  const auto csv = metric_quality_csv(made_truth());
  EXPECT_NE(csv.find("expr_mse,\"K562, \"\"day 3\"\"\",0.1,-0.1,0.3,0.5,1e-17,40,"
                     "identity-dominated,\"because, so\"\n"),
            std::string::npos)
      << csv;
  EXPECT_NE(csv.find(",,,,,,0,not judged,why\n"), std::string::npos) << csv;
}

TEST(StrataCsv, HasALinePerStratumAndMetric) {
  PredictionResult result;
  result.contexts.resize(1);
  result.contexts[0].strata.push_back(
      {"strong", "expr_mse", 0.5, 0.25, 0.75, 4, 3.5, kNaN, "no, sir"});
  EXPECT_EQ(strata_csv(result),
            "context,stratum,metric,mean,low,high,n,effective_n,fraction_of_ceiling,reason\n"
            ",strong,expr_mse,0.5,0.25,0.75,4,3.5,,\"no, sir\"\n");
}

TEST(TruthText, ShowsTheLeaderAndWhatToDistrust) {
  auto report = made_report({{"expr_mse", {2.0, 1.0}}});
  EXPECT_EQ(truth_text(report), "");
  report.truth = made_truth();
  report.truth.contexts.pop_back();
  for (auto& prediction : report.predictions) {
    prediction.contexts[0].metrics[0].scores = {Score::of(1.0)};
    prediction.contexts[0].strata.push_back(
        {"strong", "expr_mse", prediction.name == "b" ? 0.5 : 9.0});
  }
  const auto text = truth_text(report);
  EXPECT_NE(text.find("what b scores there"), std::string::npos) << text;
  EXPECT_NE(text.find("0.5000"), std::string::npos) << text;
  EXPECT_EQ(text.find("9.0000"), std::string::npos) << text;
  EXPECT_NE(text.find("systematic variation 0.67"), std::string::npos) << text;
  EXPECT_NE(text.find("identity-dominated here (predicting no change scores high): expr_mse"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace cupel::test
