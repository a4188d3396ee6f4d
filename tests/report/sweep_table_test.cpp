#include "report/sweep_table.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "cupel/error.hpp"
#include "report/sweep_summary.hpp"

namespace cupel {
namespace {

sweep::SweepRow made_row() {
  sweep::SweepRow row;
  row.split = "a, b";
  row.fold = "1";
  row.task = "seen \"0\"";
  row.inside = false;
  row.model = "ridge";
  row.settings = "features=pca:3,context lambda=0.1";
  row.scores = {{1.0 / 3.0, std::nan(""), -0.1, 0.5, 1e-300}, 12, 2, 3};
  row.rules = "features 9, none 2";
  row.note = "two\nlines";
  row.seconds = 0.25;
  return row;
}

TEST(SweepTable, ReadsBackTheSameBits) {
  std::vector<sweep::SweepRow> rows{made_row(), made_row()};
  rows[1].inside = true;
  rows[1].settings = "";
  const auto text = sweep_csv_header() + sweep_csv_rows(rows);
  const auto back = parse_sweep_csv(text, "x");
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(sweep_csv_header() + sweep_csv_rows(back), text);
  EXPECT_EQ(back[0].settings, rows[0].settings);
  EXPECT_EQ(back[0].note, rows[0].note);
  EXPECT_EQ(back[0].scores.mean.mse, 1.0 / 3.0);
  EXPECT_TRUE(std::isnan(back[0].scores.mean.pearson));
  EXPECT_EQ(back[0].scores.without_prediction, 2);
  EXPECT_EQ(back[0].scores.without_pearson, 3);
  EXPECT_FALSE(back[0].inside);
  EXPECT_TRUE(back[1].inside);
}

TEST(SweepTable, LeavesOutALineThatWasNotFinished) {
  const auto text = sweep_csv_header() + sweep_csv_rows(std::vector{made_row(), made_row()});
  const auto one = sweep_csv_header().size() + sweep_csv_rows(std::vector{made_row()}).size();
  for (std::size_t length = one; length < text.size(); ++length) {
    EXPECT_EQ(parse_sweep_csv(text.substr(0, length), "x").size(), 1U) << length;
  }
  EXPECT_EQ(parse_sweep_csv(text, "x").size(), 2U);
  EXPECT_THROW(static_cast<void>(parse_sweep_csv("perturbation,context\n", "x")), Error);
  EXPECT_THROW(static_cast<void>(parse_sweep_csv(sweep_csv_header() + "a,b\n", "x")), Error);
}

sweep::SweepRow score_row(const std::string& fold, bool inside, const std::string& model,
                          const std::string& settings, double mse) {
  sweep::SweepRow row;
  row.split = "s";
  row.fold = fold;
  row.inside = inside;
  row.model = model;
  row.settings = settings;
  row.scores = {{mse, 0.5, 0.5, 0.5, 0.5}, 4, 0, 0};
  row.rules = inside ? "" : "global 3, exact 1";
  row.seconds = 1.0;
  return row;
}

// Two folds: ridge is best inside the first, the mean inside the second; outside ridge is better.
TEST(SweepSummary, IsOfWhatWasChosenInsideEachFold) {
  const std::vector<SweepGrid> grids{{"perturbed_mean", {}}, {"ridge", {{"lambda", {"1", "2"}}}}};
  const std::vector<sweep::OuterSplit> splits{
      {"s", {{"1", {0}, {1}, {}, {}}, {"2", {1}, {0}, {}, {}}}}};
  const std::vector<sweep::SweepRow> table{
      score_row("1", true, "perturbed_mean", "", 3.0),
      score_row("1", true, "ridge", "lambda=1", 2.0),
      score_row("1", true, "ridge", "lambda=2", 4.0),
      score_row("1", false, "perturbed_mean", "", 10.0),
      score_row("1", false, "ridge", "lambda=1", 8.0),
      score_row("2", true, "perturbed_mean", "", 1.0),
      score_row("2", true, "ridge", "lambda=1", 6.0),
      score_row("2", true, "ridge", "lambda=2", 5.0),
      score_row("2", false, "perturbed_mean", "", 20.0),
      score_row("2", false, "ridge", "lambda=2", 12.0),
  };
  const sweep::SweepRequest request{splits, grids, SweepScore::kMse};
  const auto summary = summarise_sweep(request, table, {{{"s", ""}, "unseen perturbations"}});
  ASSERT_EQ(summary.lines.size(), 2U);
  EXPECT_EQ(summary.lines[0].model, "ridge");
  EXPECT_EQ(summary.lines[0].settings, (std::vector<std::string>{"lambda=1", "lambda=2"}));
  EXPECT_EQ(summary.lines[0].inside, 3.5);
  EXPECT_EQ(summary.lines[0].outside.mse, 10.0);
  EXPECT_EQ(summary.lines[0].seconds, 6.0);
  EXPECT_EQ(summary.lines[0].folds_won, 1);
  EXPECT_EQ(summary.lines[1].outside.mse, 15.0);
  EXPECT_EQ(summary.lines[1].rules,
            (std::map<std::string, std::int64_t>{{"exact", 2}, {"global", 6}}));
  ASSERT_EQ(summary.best.size(), 1U);
  EXPECT_EQ(summary.best[0].outside.mse, 14.0) << "8 of ridge, then 20 of the mean";
  EXPECT_EQ(summary.best[0].inside, 1.5);
  EXPECT_EQ(summary.best[0].settings,
            (std::vector<std::string>{"ridge lambda=1", "perturbed_mean"}));
  EXPECT_EQ(summary.settings, 6);
  const auto markdown = sweep_markdown(summary);
  EXPECT_NE(markdown.find("**s** (unseen perturbations)"), std::string::npos) << markdown;
  EXPECT_NE(markdown.find("| `ridge` | `lambda=1`; `lambda=2` | 3.5000 | 10.0000 |"),
            std::string::npos)
      << markdown;
  EXPECT_NE(
      sweep_summary_csv(summary).find("s,,unseen perturbations,ridge,lambda=1; lambda=2,2,1,"),
      std::string::npos)
      << sweep_summary_csv(summary);
}

}  // namespace
}  // namespace cupel
