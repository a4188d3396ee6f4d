#include "report/judgement_output.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "report/report.hpp"
#include "support/csv_rows.hpp"
#include "support/scored_report.hpp"

namespace cupel::test {
namespace {

using Row = std::vector<std::string>;

TEST(IntervalsCsv, HasEveryMetricOfEveryPredictionAndBaseline) {
  auto made = ScoredReport()
                  .add("pds_cosine", {{0.5, 0.5}, {0.25, 0.25}})
                  .add("expr_real_mass_ratio", {{1.0, kNaN}, {1.0, kNaN}})
                  .add_baselines("pds_cosine", {{0.75, 0.75}})
                  .add_baselines("expr_real_mass_ratio", {{2.0, kNaN}});
  made.report().predictions[0].name = "a,1";
  const auto rows = csv_rows(intervals_csv(made.report(), judge_report(made.report())));
  EXPECT_EQ(rows, (std::vector<Row>{
                      {"prediction", "context", "metric", "mean", "low", "high", "n", "rank",
                       "rank_low", "rank_high", "reason"},
                      {"a,1", "", "pds_cosine", "0.5", "0.5", "0.5", "2", "1", "1", "1", ""},
                      {"a,1", "", "expr_real_mass_ratio", "1", "", "", "1", "", "", "",
                       "fewer than two values to resample"},
                      {"a,1", "", "mean_rank", "1", "1", "1", "", "1", "1", "1", ""},
                      {"b", "", "pds_cosine", "0.25", "0.25", "0.25", "2", "2", "2", "2", ""},
                      {"b", "", "expr_real_mass_ratio", "1", "", "", "1", "", "", "",
                       "fewer than two values to resample"},
                      {"b", "", "mean_rank", "2", "2", "2", "", "2", "2", "2", ""},
                      {"z", "", "pds_cosine", "0.75", "0.75", "0.75", "2", "", "", "", ""},
                      {"z", "", "expr_real_mass_ratio", "2", "", "", "1", "", "", "",
                       "fewer than two values to resample"}}));
}

TEST(ComparisonsCsv, NamesBothSidesAndTheVerdict) {
  auto made = ScoredReport()
                  .add("pds_cosine", {{0.25, 0.5, 0.25}, {0.5, 0.75, 0.5}}, "k562")
                  .add("pds_cosine", {{0.25, 0.5}, {0.25, 0.5}}, "rpe1");
  const auto rows = csv_rows(comparisons_csv(made.report(), judge_report(made.report())));
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[0], (Row{"context", "metric", "a", "b", "difference", "low", "high", "p", "p_holm",
                          "n", "verdict", "reason"}));
  EXPECT_EQ(rows[1],
            (Row{"k562", "pds_cosine", "b", "a", "0.25", "0.25", "0.25", "0.25", "0.25", "3",
                 "not told apart", "too few perturbations differ to tell at this level"}));
  EXPECT_EQ(rows[2],
            (Row{"rpe1", "pds_cosine", "b", "a", "0", "0", "0", "1", "1", "2", "identical", ""}));
  EXPECT_EQ(rows[3][0], "(macro mean)");
  EXPECT_EQ(rows[3][4], "0.125");
  EXPECT_EQ(rows[4][1], "mean_rank");
}

TEST(MetricAgreementCsv, HasOneLinePerPairOfMetricsThatOrder) {
  auto made = ScoredReport().add("pds_cosine", {{1}, {2}, {3}}).add("expr_mae", {{1}, {2}, {3}});
  EXPECT_EQ(
      csv_rows(metric_agreement_csv(made.report(), judge_report(made.report()))),
      (std::vector<Row>{{"metric_a", "metric_b", "context", "tau", "low", "high", "n", "reason"},
                        {"pds_cosine", "expr_mae", "", "-1", "", "", "3",
                         "all predictions agree, so none shows how this may vary"}}));
}

TEST(JudgementText, IsEmptyForOnePrediction) {
  auto made = ScoredReport().add("pds_cosine", {noise(1, 30, 0.5)});
  EXPECT_EQ(judgement_text(made.report(), judge_report(made.report())), "");
}

TEST(JudgementText, SaysWhoIsNotToldApartFromTheBest) {
  const auto best = noise(1, 60, 2.0, 0.5);
  auto close = best;
  for (std::size_t i = 0; i < close.size(); ++i) close[i] += i % 2 == 0 ? 0.1 : -0.11;
  auto made = ScoredReport()
                  .add("pds_cosine", {best, close, noise(3, 60, 0.0, 0.5)})
                  .add_baselines("pds_cosine", {noise(4, 60, 0.0, 0.5)});
  made.report().config.confidence = 0.99;
  EXPECT_EQ(judgement_text(made.report(), judge_report(made.report())),
            "\nis the difference real? (99 % confidence, paired tests over perturbations, Holm's "
            "correction within each metric)\n"
            "by mean rank a is best; not told apart from it: b\n"
            "under no scored metric is one prediction told apart from every other:\n"
            "  pds_cosine: a is best; not told apart from it: b\n"
            "not shown to be better than the best simple baseline:\n"
            "  pds_cosine (z): c\n");
}

TEST(JudgementText, SaysWhichMetricsDisagree) {
  std::vector<Scores> up;
  std::vector<Scores> mixed;
  for (const double mean : {4.0, 3.0, 2.0, 1.0}) up.push_back(noise(1, 40, mean, 0.1));
  mixed = {up[3], up[1], up[2], up[0]};
  auto made = ScoredReport().add("pds_cosine", up).add("pds_l1", up).add("delta_pearson", mixed);
  const auto text = judgement_text(made.report(), judge_report(made.report()));
  EXPECT_NE(
      text.find("one prediction is told apart from every other under 3 of 3 scored metrics\n"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("pds_cosine and delta_pearson disagree most about the order (Kendall's tau "
                      "-0.67, 95 % interval "),
            std::string::npos)
      << text;
  auto agreeing = ScoredReport().add("pds_cosine", up).add("pds_l1", up);
  EXPECT_NE(judgement_text(agreeing.report(), judge_report(agreeing.report()))
                .find("all scored metrics agree about the order\n"),
            std::string::npos);
}

TEST(JudgementText, StaysShortForManyPredictionsAndMetrics) {
  const std::vector<std::string> metrics{"pds_cosine", "pds_l1",   "pds_l2",    "delta_pearson",
                                         "expr_mae",   "expr_mse", "delta_mae", "delta_mse"};
  ScoredReport made;
  made.report().config.draws = 100;
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    std::vector<Scores> scores;
    for (std::size_t i = 0; i < 200; ++i) scores.push_back(noise(1000 * m + i, 10, 0.5));
    made.add(metrics[m], scores);
  }
  const auto text = judgement_text(made.report(), judge_report(made.report()));
  EXPECT_NE(text.find(" and 193 more\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  and under 2 more metrics: comparisons.csv\n"), std::string::npos) << text;
  EXPECT_LT(std::ranges::count(text, '\n'), 14);
  const auto board = leaderboard_text(made.report());
  EXPECT_NE(board.find("\nand 180 more in leaderboard.csv\n"), std::string::npos) << board;
  EXPECT_LT(std::ranges::count(board, '\n'), 26);
}

}  // namespace
}  // namespace cupel::test
