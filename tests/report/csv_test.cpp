#include <gtest/gtest.h>

#include <limits>

#include "report/report.hpp"
#include "support/csv_rows.hpp"
#include "support/made_report.hpp"

namespace cupel::test {
namespace {

TEST(CsvText, IsQuotedOnlyWhereItMustBe) {
  EXPECT_EQ(csv_text("KLF1+MAP2K6"), "KLF1+MAP2K6");
  EXPECT_EQ(csv_text(""), "");
  EXPECT_EQ(csv_text("A,B"), "\"A,B\"");
  EXPECT_EQ(csv_text("5\" reads"), "\"5\"\" reads\"");
  EXPECT_EQ(csv_text("two\nlines"), "\"two\nlines\"");
  for (const std::string hard : {"a,\"b\"\n,c", "\"", "\r\n", ",,"}) {
    EXPECT_EQ(csv_rows(csv_text(hard) + ",end\n"), (std::vector<std::vector<std::string>>{{hard, "end"}}));
  }
}

TEST(CsvNumber, ReadsBackAsTheSameDouble) {
  for (const double value : {0.1, 1.0 / 3.0, 1e-300, 5e-324, 123456789.123456789, -0.0, 1e22}) {
    EXPECT_EQ(std::strtod(csv_number(value).c_str(), nullptr), value);
  }
  EXPECT_EQ(csv_number(14), "14");
  EXPECT_EQ(csv_number(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(csv_number(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(csv_number(-std::numeric_limits<double>::infinity()), "-inf");
}

PredictionResult two_perturbations() {
  const auto filled = Score::by_rule(0.0, "no calls, so none are right");
  ContextResult context{.context = "a,b",
                        .perturbations = {"X", "Y \"2\""},
                        .metrics = {made_metric("pds_cosine", 0.5, {Score::of(0.25), Score::of(0.75)}),
                                    made_metric("de_wilcoxon_overlap", 0.0, {filled, Score::left_out("no truth")}),
                                    made_metric("expr_mse_unbiased_capped_norm", 0.125)}};
  context.metrics[0].aggregate = {.count = 2, .mean = 0.5, .standard_deviation = 0.1, .least = 0.25,
                                  .greatest = 0.75, .median = 0.5};
  return {"p", {}, {context}, 0.0};
}

TEST(ResultsCsv, SaysForEveryScoreItsValueAndWhyItIsUndefined) {
  auto lines = results_csv(two_perturbations());
  EXPECT_EQ(csv_rows(lines),
            (std::vector<std::vector<std::string>>{
                {"perturbation", "context", "metric", "value", "reason"},
                {"X", "a,b", "pds_cosine", "0.25", ""},
                {"X", "a,b", "de_wilcoxon_overlap", "0", "no calls, so none are right"},
                {"Y \"2\"", "a,b", "pds_cosine", "0.75", ""},
                {"Y \"2\"", "a,b", "de_wilcoxon_overlap", "", "no truth"}}));
}

TEST(AggResultsCsv, HasAMeanAloneForARatioOfSums) {
  const auto rows = csv_rows(agg_results_csv(two_perturbations()));
  EXPECT_EQ(rows[0], (std::vector<std::string>{"statistic", "de_wilcoxon_overlap",
                                               "expr_mse_unbiased_capped_norm", "pds_cosine"}));
  std::vector<std::string> ratio;
  std::vector<std::string> pds;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    ratio.push_back(rows[i][2]);
    pds.push_back(rows[i][3]);
  }
  EXPECT_EQ(ratio, (std::vector<std::string>{"NaN", "NaN", "0.125", "NaN", "NaN", "NaN", "NaN"}));
  EXPECT_EQ(pds, (std::vector<std::string>{"2", "0", "0.5", "0.1", "0.25", "0.75", "0.5"}));
}

TEST(AggResultsCsv, DescribesAsCellEvalDoesInTheProfilesOrderAndNames) {
  auto result = two_perturbations();
  auto& metrics = result.contexts[0].metrics;
  metrics.pop_back();
  metrics[0].written_as = "discrimination_score_cosine";
  metrics[0].aggregate.quarter = 0.25;
  metrics[0].aggregate.half = 0.75;
  metrics[0].aggregate.three_quarters = 0.75;
  metrics[1].written_as = "a_name_that_sorts_first";
  metrics[1].aggregate = {.count = 1, .missing = 1};
  const auto rows = csv_rows(agg_results_csv(result, AggregateRows::kDescribe));
  EXPECT_EQ(rows[0], (std::vector<std::string>{"statistic", "discrimination_score_cosine",
                                               "a_name_that_sorts_first"}));
  std::vector<std::string> names;
  std::vector<std::string> cosine;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    names.push_back(rows[i][0]);
    cosine.push_back(rows[i][1]);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"count", "null_count", "mean", "std", "min", "25%",
                                             "50%", "75%", "max"}));
  EXPECT_EQ(cosine, (std::vector<std::string>{"2", "0", "0.5", "0.1", "0.25", "0.25", "0.75",
                                              "0.75", "0.75"}));
  EXPECT_EQ(rows[1][2], "1");
  EXPECT_EQ(rows[2][2], "1");
  EXPECT_NE(results_csv(result).find(",discrimination_score_cosine,0.25,"), std::string::npos);
}

}  // namespace
}  // namespace cupel::test
