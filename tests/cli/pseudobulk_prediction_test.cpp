// Predictions that are one profile per perturbation, held against the cells they stand for.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "cupel/metric.hpp"
#include "cupel/report.hpp"
#include "support/cli.hpp"
#include "support/hdf5_probe.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

constexpr auto kPseudobulkControl = "non-targeting";

class PseudobulkPrediction : public Cli {
 protected:
  PseudobulkPrediction() {
    real = make_small_screen({.contexts = 2});
    cells = make_small_screen({.draw = 2, .contexts = 2});
    write_screen(folder.file("real.h5ad"), real);
    write_screen(folder.file("cells.h5ad"), cells);
  }
  [[nodiscard]] static Words score(const Words& predictions, const Words& more = {}) {
    Words words{"score", "--real",  "real.h5ad", "--context-col", "line",  "-o",
                "out",   "--ends",  "none",      "--strata",      "none",  "--draws",
                "100",   "--force", "--profile", "full",          "--pred"};
    words.insert(words.end(), predictions.begin(), predictions.end());
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  // One row per label and context: sums (or means) of its cells' counts.
  [[nodiscard]] static SmallScreen summed(const SmallScreen& of, bool means, bool with_control) {
    std::map<std::pair<std::string, std::string>, std::vector<double>> sums;
    std::map<std::pair<std::string, std::string>, double> n;
    for (std::int64_t cell = 0; cell < of.n_cells(); ++cell) {
      const auto i = static_cast<std::size_t>(cell);
      if (!with_control && of.labels[i] == kPseudobulkControl) continue;
      const auto key = std::pair(of.contexts[i], of.labels[i]);
      auto& sum = sums[key];
      sum.resize(static_cast<std::size_t>(of.n_genes()));
      for (std::size_t gene = 0; gene < sum.size(); ++gene) {
        sum[gene] += of.values[i * sum.size() + gene];
      }
      n[key] += 1;
    }
    SmallScreen result{of.genes, {}, {}, {}};
    for (const auto& [key, sum] : sums) {
      result.contexts.push_back(key.first);
      result.labels.push_back(key.second);
      for (const double value : sum) result.values.push_back(means ? value / n[key] : value);
    }
    return result;
  }
  void write_bulk(const std::string& name, bool means, bool with_control) const {
    write_screen(folder.file(name), summed(cells, means, with_control),
                 {.kind = "dense", .storage = {.type = "float64"}});
  }
  // Each score by perturbation, context and metric: value and reason.
  using Scores = std::map<std::string, std::pair<std::string, std::string>>;
  [[nodiscard]] Scores scores(const std::string& prediction) const {
    Scores all;
    for (const auto& row : csv("out/" + prediction + "/results.csv")) {
      all[fmt::format("{} {} {}", row[0], row[1], row[2])] = {row[3], row[4]};
    }
    return all;
  }
  // The scores that need no cells, within what the order of a sum can change.
  void expect_scores_of_cells(const std::string& prediction, double tolerance) const {
    const auto expected = scores("cells");
    const auto found = scores(prediction);
    ASSERT_EQ(expected.size(), found.size());
    int compared = 0;
    for (const auto& [key, value] : expected) {
      const auto name = key.substr(key.rfind(' ') + 1);
      if (name == "metric") continue;
      const auto& its = found.at(key);
      if (find_metric(name).needs == kNeedsBulk) {
        EXPECT_NEAR(std::stod(its.first), std::stod(value.first), tolerance) << key;
        EXPECT_EQ(its.second, value.second) << key;
        ++compared;
      } else {
        EXPECT_EQ(its.first, "NaN") << key;
        EXPECT_EQ(its.second, "needs cells") << key;
      }
    }
    EXPECT_EQ(compared, 2 * 4 * 9);
  }

  SmallScreen real;
  SmallScreen cells;
};

TEST_F(PseudobulkPrediction, GetsTheScoresOfItsCellsWhereTheyNeedNone) {
  expect_done(cupel({"pseudobulk", "cells.h5ad", "--context-col", "line", "-o", "written.h5ad"}));
  write_bulk("sums.h5ad", false, true);
  write_bulk("means.h5ad", true, false);
  const auto result = cupel(score({"cells.h5ad", "written.h5ad", "sums.h5ad"}));
  expect_done(result);
  expect_scores_of_cells("written", 0.0);
  expect_scores_of_cells("sums", 1e-12);
  expect_done(cupel(score({"cells.h5ad", "means.h5ad"}, {"--pseudobulk-space", "counts"})));
  expect_scores_of_cells("means", 1e-9);
}

TEST_F(PseudobulkPrediction, IsWhatTheDefinitionSays) {
  write_bulk("sums.h5ad", false, false);
  expect_done(cupel(score({"sums.h5ad"})));
  const auto found = scores("sums");
  const auto profiles = [](const SmallScreen& bulk) {
    std::map<std::string, std::vector<double>> all;
    for (std::size_t row = 0; row < bulk.labels.size(); ++row) {
      std::vector<double> profile;
      double total = 0.0;
      for (std::size_t gene = 0; gene < 60; ++gene) total += bulk.values[row * 60 + gene];
      for (std::size_t gene = 0; gene < 60; ++gene) {
        profile.push_back(std::log1p(bulk.values[row * 60 + gene] / total * 5e4));
      }
      all[bulk.labels[row] + " " + bulk.contexts[row]] = profile;
    }
    return all;
  };
  const auto truth = profiles(summed(real, false, true));
  for (const auto& [key, profile] : profiles(summed(cells, false, false))) {
    double error = 0.0;
    double delta = 0.0;
    const auto context = key.substr(key.find(' ') + 1);
    for (std::size_t gene = 0; gene < 60; ++gene) {
      const double control = truth.at(fmt::format("{} {}", kPseudobulkControl, context))[gene];
      error += std::abs(profile[gene] - truth.at(key)[gene]) / 60;
      delta += std::pow((profile[gene] - control) - (truth.at(key)[gene] - control), 2) / 60;
    }
    EXPECT_NEAR(std::stod(found.at(key + " expr_mae").first), error, 1e-12) << key;
    EXPECT_NEAR(std::stod(found.at(key + " delta_mse").first), delta, 1e-12) << key;
  }
}

TEST_F(PseudobulkPrediction, IsSaidToBeOneEverywhere) {
  write_bulk("sums.h5ad", false, false);
  const auto result = cupel(score({"cells.h5ad", "sums.h5ad"}));
  expect_done(result);
  EXPECT_NE(result.out.find("45 of 54 metrics need cells and are left out of the mean rank of what "
                            "has none: sums\n"),
            std::string::npos)
      << result.out;
  const auto board = csv("out/leaderboard.csv");
  for (std::size_t i = 1; i < board.size(); ++i) {
    EXPECT_EQ(board[i][board[i].size() - 2], board[i][1] == "sums" ? "pseudobulk" : "scored");
  }
  const auto run = Json::parse(text("out/run.json"));
  EXPECT_FALSE(run["predictions"][0].contains("kind"));
  EXPECT_EQ(run["predictions"][1]["kind"], "pseudobulk");
  const auto rows = csv("out/sums/agg_results.csv");
  for (std::size_t i = 2; i < rows[0].size(); ++i) {
    const bool has = find_metric(rows[0][i]).needs == kNeedsBulk;
    EXPECT_EQ(rows.back()[i] != "NaN", has) << rows[0][i];
  }
  // Tables of tests are written for those that have cells.
  expect_done(cupel(score({"cells.h5ad", "sums.h5ad"}, {"--write-de"})));
  EXPECT_TRUE(everything().contains("out/cells/de_line0.h5ad"));
  EXPECT_FALSE(everything().contains("out/sums/de_line0.h5ad"));
}

TEST_F(PseudobulkPrediction, IsJudgedByWhatItHas) {
  write_bulk("sums.h5ad", false, false);
  const auto result =
      cupel({"score", "--real", "real.h5ad", "--context-col", "line", "--pred", "cells.h5ad",
             "sums.h5ad", "-o", "out", "--draws", "100", "--replicate-splits", "2"});
  expect_done(result);
  const auto needs = [](const std::string& metric) { return needs_cells(find_metric(metric)); };
  int lacking = 0;
  int had = 0;
  for (const auto& row : csv("out/sums/scored.csv")) {
    if (row[0] != "line0") continue;
    const bool none = row[1] == "avg_score" || needs(row[1]);
    (none ? lacking : had) += 1;
    EXPECT_EQ(row[2].empty(), none) << row[1];
    EXPECT_EQ(row[3].empty(), none) << row[1];
    EXPECT_EQ(row.back().ends_with("needs cells"), none) << row[1] << ": " << row.back();
  }
  EXPECT_GE(lacking, 3);
  EXPECT_GE(had, 1);
  for (const auto& row : csv("out/intervals.csv")) {
    if (row[0] != "sums" || row[2] == "mean_rank") continue;
    EXPECT_EQ(row.back() == "needs cells", needs(row[2])) << row[2] << ": " << row.back();
    EXPECT_EQ(row[7].empty(), needs(row[2]) || find_metric(row[2]).better == Better::kNeither);
  }
  for (const auto& row : csv("out/sums/strata.csv")) {
    const auto known = row[0] == "line0" && !row[2].starts_with("strength_") &&
                       row[2] != "claimed_effect" && row[2] != "significance_auc" &&
                       row[2] != "delta_pearson_split_control";
    if (!known) continue;
    EXPECT_EQ(row.back() == "needs cells", needs(row[2])) << row[2];
  }
}

// The real file's counts are guessed, normalised and logged; the profiles are taken as they are.
TEST_F(PseudobulkPrediction, HasAPlaceUnderCellEvalsProfiles) {
  auto logged = cells;
  logged.to_lognorm();
  write_screen(folder.file("logs.h5ad"), summed(logged, true, true),
               {.kind = "dense", .storage = {.type = "float64"}});
  const auto result = cupel({"score",
                             "--real",
                             "real.h5ad",
                             "--context-col",
                             "line",
                             "--pred",
                             "cells.h5ad",
                             "logs.h5ad",
                             "-o",
                             "out",
                             "--draws",
                             "100",
                             "--pseudobulk-space",
                             "lognorm",
                             "--profile",
                             "cell-eval-0.7",
                             "--ends",
                             "mean_profile",
                             "--strata",
                             "none"});
  expect_done(result);
  const auto values = [&](const std::string& prediction) {
    std::map<std::string, std::pair<std::string, std::string>> found;
    for (const auto& row : csv("out/" + prediction + "/scored.csv")) {
      if (row[0] == "line1") found[row[1]] = {row[2], row.back()};
    }
    return found;
  };
  auto sums = values("logs");
  EXPECT_EQ(sums.at("avg_score"), std::pair(std::string(), std::string("needs cells")));
  EXPECT_EQ(sums.at("pearson_edistance").second, "needs cells");
  EXPECT_FALSE(sums.at("expr_mae").first.empty());
  EXPECT_FALSE(values("cells").at("avg_score").first.empty());
}

TEST_F(PseudobulkPrediction, GoesOnLikeAnyOther) {
  write_bulk("sums.h5ad", false, false);
  Words words = score({"cells.h5ad", "sums.h5ad"});
  const auto first = cupel(words);
  expect_done(first);
  const auto board = text("out/leaderboard.csv");
  *std::ranges::find(words, "--force") = "--resume";
  const auto again = cupel(words);
  expect_done(again);
  EXPECT_NE(again.err.find("2 of 2 predictions are finished"), std::string::npos);
  EXPECT_EQ(again.out, first.out);
  EXPECT_EQ(text("out/leaderboard.csv"), board);
}

TEST_F(PseudobulkPrediction, MayBringItsOwnControl) {
  const Words own{"--set", "expression.control_source=pred"};
  write_bulk("sums.h5ad", false, true);
  expect_done(cupel(score({"cells.h5ad", "sums.h5ad"}, own)));
  expect_scores_of_cells("sums", 1e-12);
  write_bulk("sums.h5ad", false, false);
  expect_refused(cupel(score({"sums.h5ad"}, own)), 3,
                 "sums.h5ad: expression.control_source is pred, and there are 0 rows labelled "
                 "'non-targeting'");
}

TEST_F(PseudobulkPrediction, IsRefusedWhereItMakesNoSense) {
  write_bulk("sums.h5ad", false, false);
  expect_refused(cupel(score({"sums.h5ad"}, {"--pred-kind", "cells"})), 3,
                 "sums.h5ad: no cell is labelled 'non-targeting'");
  expect_refused(cupel(score({"cells.h5ad"}, {"--pred-kind", "pseudobulk"})), 3,
                 "cells.h5ad: a pseudobulk has one row per perturbation, and 'G003' has 16 in "
                 "context 'line0'; give --pred-kind cells");
  auto words = score({"sums.h5ad"});
  *std::ranges::find(words, "full") = "de";
  expect_refused(cupel(words), 3, "every metric of profile 'de' needs cells");
  expect_refused(cupel(score({"sums.h5ad"}, {"--pred-kind", "bulk"})), 2,
                 "none of: auto, cells, pseudobulk");
  expect_refused(cupel(score({"sums.h5ad"}, {"--pseudobulk-space", "cpm"})), 2,
                 "none of: auto, counts, lognorm");
  auto lacking = summed(cells, false, false);
  lacking.drop_label("G010");
  write_screen(folder.file("sums.h5ad"), lacking);
  expect_refused(cupel(score({"sums.h5ad"})), 3, "1 of 4 perturbations of real.h5ad are missing");
}

TEST_F(PseudobulkPrediction, OfLogExpressionIsTheMeanOfItsCells) {
  for (auto* screen : {&real, &cells}) screen->to_lognorm();
  write_screen(folder.file("real.h5ad"), real);
  write_screen(folder.file("cells.h5ad"), cells);
  write_bulk("means.h5ad", true, false);
  expect_done(cupel(score({"cells.h5ad", "means.h5ad"}, {"--input-type", "lognorm"})));
  expect_scores_of_cells("means", 1e-12);
}

}  // namespace
}  // namespace cupel::test
