#include <gtest/gtest.h>

#include <limits>

#include "report/report.hpp"
#include "support/made_report.hpp"

namespace cupel::test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
using Means = std::vector<double>;

struct Board {
  std::string names;
  Means ranks;  // of a, b, c, ...
};

Board board(const Report& report) {
  Board result;
  for (const auto i : leaderboard_order(report, result.ranks)) result.names += report.predictions[i].name;
  return result;
}

TEST(Leaderboard, RanksEachMetricInItsOwnDirectionAndTakesTheMean) {
  // Higher is better, lower is better: b wins both.
  const auto result = board(made_report({{"pds_cosine", {0.5, 0.9, 0.4}}, {"expr_mae", {0.1, 0.05, 0.3}}}));
  EXPECT_EQ(result.names, "bac");
  EXPECT_EQ(result.ranks, (Means{2, 1, 3}));
}

TEST(Leaderboard, SharesRanksBetweenEqualsAndOrdersThemByName) {
  const auto result = board(made_report({{"pds_cosine", {0.5, 0.9, 0.9, 0.5}}}));
  EXPECT_EQ(result.ranks, (Means{3.5, 1.5, 1.5, 3.5}));
  EXPECT_EQ(result.names, "bcad");
}

TEST(Leaderboard, PutsTheUndefinedLastTogether) {
  const auto result = board(made_report({{"expr_mae", {kNan, 7, kNan, 2}}}));
  EXPECT_EQ(result.ranks, (Means{3.5, 2, 3.5, 1}));
  EXPECT_EQ(result.names, "dbac");
}

TEST(Leaderboard, LooksAtNoDiagnostics) {
  const auto result = board(made_report({{"expr_real_mass_ratio", {9, 1}}, {"pds_cosine", {0.2, 0.3}}}));
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
  const auto text = leaderboard_text(made_report({{"pds_cosine", {0.5, 0.75}}, {"expr_mae", {0.25, 0.25}}}));
  EXPECT_EQ(text.substr(0, text.find("↑ higher")),
            "metric                                b         a  \n"
            "↑ pds_cosine                     0.7500 *  0.5000  \n"
            "↓ expr_mae                       0.2500    0.2500  \n"
            "  mean rank over scored metrics    1.25      1.75  \n");
}

TEST(LeaderboardText, SaysWhyAMeanIsUndefinedForWhom) {
  auto report = made_report({{"de_wilcoxon_lfc_nmae", {kNan, 0.5}}});
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
  EXPECT_EQ(leaderboard_csv(made_report({{"pds_cosine", {0.5, 0.75}}, {"expr_mae", {kNan, 0.25}}})),
            "rank,prediction,mean_rank,pds_cosine,expr_mae\n"
            "1,b,1,0.75,0.25\n"
            "2,a,2,0.5,NaN\n");
}

}  // namespace
}  // namespace cupel::test
