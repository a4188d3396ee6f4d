#include <gtest/gtest.h>

#include <cmath>

#include "cupel/nan.hpp"
#include "report/report.hpp"
#include "support/made_report.hpp"

namespace cupel::test {
namespace {

using Means = std::vector<double>;

struct Board {
  std::string names;
  Means ranks;  // of a, b, c, ...
};

Board board(const Report& report) {
  Board result;
  for (const auto i : leaderboard_order(report, result.ranks))
    result.names += report.predictions[i].name;
  return result;
}

TEST(Leaderboard, RanksEachMetricInItsOwnDirectionAndTakesTheMean) {
  // Higher is better, lower is better: b wins both.
  const auto result =
      board(made_report({{"pds_cosine", {0.5, 0.9, 0.4}}, {"expr_mae", {0.1, 0.05, 0.3}}}));
  EXPECT_EQ(result.names, "bac");
  EXPECT_EQ(result.ranks, (Means{2, 1, 3}));
}

TEST(Leaderboard, SharesRanksBetweenEqualsAndOrdersThemByName) {
  const auto result = board(made_report({{"pds_cosine", {0.5, 0.9, 0.9, 0.5}}}));
  EXPECT_EQ(result.ranks, (Means{3.5, 1.5, 1.5, 3.5}));
  EXPECT_EQ(result.names, "bcad");
}

TEST(Leaderboard, PutsTheUndefinedLastTogether) {
  const auto result = board(made_report({{"expr_mae", {kNaN, 7, kNaN, 2}}}));
  EXPECT_EQ(result.ranks, (Means{3.5, 2, 3.5, 1}));
  EXPECT_EQ(result.names, "dbac");
}

TEST(Leaderboard, LooksAtNoDiagnostics) {
  const auto result =
      board(made_report({{"expr_real_mass_ratio", {9, 1}}, {"pds_cosine", {0.2, 0.3}}}));
  EXPECT_EQ(result.names, "ba");
  EXPECT_EQ(result.ranks, (Means{2, 1}));
}

TEST(Leaderboard, RanksMacroMeansOfContexts) {
  auto report = made_report({{"pds_cosine", {1.0, 0.6}}});
  for (std::size_t i = 0; i < 2; ++i) {
    auto other = report.predictions[i].contexts[0];
    other.metrics[0].aggregate.mean = i == 0 ? 0.0 : 0.5;
    report.predictions[i].contexts.push_back(other);
  }
  EXPECT_EQ(report.predictions[0].macro_mean(0), 0.5);
  EXPECT_EQ(board(report).names, "ba");
}

TEST(LeaderboardText, MarksTheBestOfEachMetricAndNoneWhereAllAreEqual) {
  const auto text =
      leaderboard_text(made_report({{"pds_cosine", {0.5, 0.75}}, {"expr_mae", {0.25, 0.25}}}));
  EXPECT_EQ(text.substr(0, text.find("↑ higher")),
            "metric                                b         a  \n"
            "↑ pds_cosine                     0.7500 *  0.5000  \n"
            "↓ expr_mae                       0.2500    0.2500  \n"
            "  mean rank over scored metrics    1.25      1.75  \n");
}

TEST(LeaderboardText, SaysWhyAMeanIsUndefinedForWhom) {
  auto report = made_report({{"de_wilcoxon_lfc_nmae", {kNaN, 0.5}}});
  auto& metric = report.predictions[0].contexts[0].metrics[0];
  metric.scores = {Score::left_out("a rare reason"), Score::left_out("the frequent reason"),
                   Score::left_out("the frequent reason")};
  report.predictions[0].contexts[0].context = "k562";
  const auto text = leaderboard_text(report);
  EXPECT_NE(text.find("de_wilcoxon_lfc_nmae is undefined for a in k562: the frequent reason\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("undefined"), text.rfind("undefined"));  // on the board itself, too
}

TEST(LeaderboardText, StandsOnItsSideForManyPredictions) {
  const auto text = leaderboard_text(made_report({{"pds_cosine", {1, 2, 3, 4, 5, 6, 7}}}));
  EXPECT_TRUE(text.starts_with("prediction  mean rank    ↑ pds_cosine  \ng ")) << text;
}

TEST(LeaderboardCsv, HasOneLinePerPredictionBestFirst) {
  EXPECT_EQ(leaderboard_csv(made_report({{"pds_cosine", {0.5, 0.75}}, {"expr_mae", {kNaN, 0.25}}})),
            "rank,prediction,mean_rank,pds_cosine,expr_mae\n"
            "1,b,1,0.75,0.25\n"
            "2,a,2,0.5,NaN\n");
}

// a has profiles alone; expr_mae looks at profiles, the other two at cells.
Report one_without_cells() {
  auto report = made_report({{"expr_mae", {0.5, 0.25, 0.75}},
                             {"de_wilcoxon_overlap", {kNaN, 0.125, 0.25}},
                             {"expr_mse_unbiased_capped_norm", {kNaN, kNaN, 2}}});
  report.predictions[0].pseudobulk = true;
  auto& metrics = report.predictions[0].contexts[0].metrics;
  metrics[1].undefined_because = kLacksCells;
  metrics[2].undefined_because = kLacksCells;
  return report;
}

TEST(Leaderboard, LeavesOutWhatAPseudobulkCannotHave) {
  // expr_mae: b a c. The others without a: c b, and b's own undefined value is last as ever.
  const auto result = board(one_without_cells());
  EXPECT_EQ(result.ranks, (Means{2, 5.0 / 3.0, 5.0 / 3.0}));
  EXPECT_EQ(result.names, "bca");
}

TEST(Leaderboard, PutsAPseudobulkWithoutAnyRankLast) {
  auto report = made_report({{"de_wilcoxon_overlap", {kNaN, 0.25}}});
  report.predictions[0].pseudobulk = true;
  const auto result = board(report);
  EXPECT_TRUE(std::isnan(result.ranks[0]));
  EXPECT_EQ(result.ranks[1], 1);
  EXPECT_EQ(result.names, "ba");
}

TEST(LeaderboardText, SaysOnceWhatAPseudobulkLacks) {
  auto report = one_without_cells();
  report.failed.push_back({"d", "d.h5ad", "d.h5ad: is cut off", {}});
  const auto text = leaderboard_text(report);
  EXPECT_TRUE(
      text.ends_with("expr_mse_unbiased_capped_norm is undefined for b: no perturbation has "
                     "a score\n2 of 3 metrics need cells and are left out of the mean rank "
                     "of what has none: a\n1 of 4 predictions failed: d\n"))
      << text;
  EXPECT_EQ(text.find("undefined for a"), std::string::npos) << text;
  EXPECT_NE(text.find("↓ expr_mse_unbiased_capped_norm  undefined    2.0000 *"), std::string::npos)
      << text;
}

TEST(LeaderboardCsv, SaysWhoIsNotScoredAsTheOthers) {
  auto report = one_without_cells();
  report.predictions[2].tags = {{"model", "big, new"}};
  report.failed.push_back({"d", "d.h5ad", "d.h5ad: is cut off, says who", {{"lr", "0.1"}}});
  EXPECT_EQ(leaderboard_csv(report),
            "rank,prediction,mean_rank,model,lr,expr_mae,de_wilcoxon_overlap,"
            "expr_mse_unbiased_capped_norm,status,reason\n"
            "1,b,1.6666666666666667,,,0.25,0.125,NaN,scored,\n"
            "2,c,1.6666666666666667,\"big, new\",,0.75,0.25,2,scored,\n"
            "3,a,2,,,0.5,NaN,NaN,pseudobulk,metrics that need cells are left out of its mean rank\n"
            ",d,,,0.1,,,,failed,\"d.h5ad: is cut off, says who\"\n");
}

}  // namespace
}  // namespace cupel::test
