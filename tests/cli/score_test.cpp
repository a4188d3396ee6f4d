#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "config/profile.hpp"
#include "cupel/backend.hpp"
#include "support/cli.hpp"
#include "support/gzip_text.hpp"
#include "support/hdf5_probe.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

using Rows = std::vector<std::vector<std::string>>;
using NameSet = std::set<std::string>;

class Score : public Cli {
 protected:
  Score() {
    write_screen(folder.file("real.h5ad"), make_small_screen());
    write_screen(folder.file("good.h5ad"), make_small_screen({.draw = 2}));
    write_screen(folder.file("blank.h5ad"), make_small_screen({.draw = 3, .effect = 0}));
  }
  const std::vector<std::string> both{"score",  "--real",    "real.h5ad", "--pred", "blank.h5ad",
                                      "--pred", "good.h5ad", "-o",        "out"};

  [[nodiscard]] ProgramResult score(const std::vector<std::string>& more) const {
    auto arguments = both;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return cupel(arguments);
  }
};

const NameSet kInputs{"real.h5ad", "good.h5ad", "blank.h5ad"};

NameSet with(NameSet names, const NameSet& more) {
  names.insert(more.begin(), more.end());
  return names;
}

TEST_F(Score, WritesTheseFilesAndNoOthers) {
  expect_done(cupel(both));
  EXPECT_EQ(everything(), with(kInputs, {"out/",
                                         "out/leaderboard.csv",
                                         "out/run.json",
                                         "out/ends.csv",
                                         "out/intervals.csv",
                                         "out/comparisons.csv",
                                         "out/metric_agreement.csv",
                                         "out/good/",
                                         "out/good/results.csv",
                                         "out/good/agg_results.csv",
                                         "out/good/scored.csv",
                                         "out/good/done.json",
                                         "out/blank/",
                                         "out/blank/results.csv",
                                         "out/blank/agg_results.csv",
                                         "out/blank/scored.csv",
                                         "out/blank/done.json",
                                         "out/report.md",
                                         "out/truth.csv",
                                         "out/metric_quality.csv",
                                         "out/good/strata.csv",
                                         "out/blank/strata.csv"}));
}

TEST_F(Score, JudgesNothingWithoutDraws) {
  const auto result = score({"--draws", "0"});
  expect_done(result);
  EXPECT_FALSE(everything().contains("out/intervals.csv"));
  EXPECT_EQ(result.out.find("is the difference real?"), std::string::npos);
  EXPECT_TRUE(nlohmann::json::parse(text("out/run.json"))["uncertainty"].is_null());
  expect_refused(score({"--force", "--draws", "5"}), 2, "5 draws are neither 0");
  expect_refused(score({"--force", "--confidence", "1"}), 2, "confidence 1 is not between");
}

TEST_F(Score, SaysHowSureItsNumbersAre) {
  const auto result =
      score({"--ends", "none", "--confidence", "0.9", "--draws", "500", "--seed", "4"});
  expect_done(result);
  EXPECT_NE(result.out.find("is the difference real? (90 % confidence"), std::string::npos)
      << result.out;
  const auto run = nlohmann::json::parse(text("out/run.json"))["uncertainty"];
  EXPECT_EQ(run["confidence"], 0.9);
  EXPECT_EQ(run["draws"], 500);
  EXPECT_EQ(run["seed"], 4);
  EXPECT_EQ(csv("out/intervals.csv").size(), 1U + 2U * 11U);  // ten metrics and the mean rank
  EXPECT_EQ(csv("out/comparisons.csv").size(), 1U + 11U);
  EXPECT_EQ(csv("out/metric_agreement.csv").size(), 1U + 15U);  // of six metrics that order
  const auto first = text("out/intervals.csv");
  expect_done(
      score({"--force", "--ends", "none", "--confidence", "0.9", "--draws", "500", "--seed", "5"}));
  EXPECT_NE(text("out/intervals.csv"), first);
  // With the ends: the baselines have intervals too, and each prediction is set against the best.
  expect_done(score({"--force"}));
  EXPECT_GT(csv("out/intervals.csv").size(), 1U + 2U * 11U);
  EXPECT_EQ(csv("out/comparisons.csv").size(), 1U + 11U + 2U * 6U);  // of metrics that have ends
}

TEST_F(Score, PutsARunOnOnePage) {
  expect_done(score({"--ends", "all"}));
  const auto page = text("out/report.md");
  EXPECT_TRUE(page.starts_with("# real.h5ad under `vcc2026`\n")) << page;
  // The best prediction first, its mean with the interval of intervals.csv.
  double rounded_mean = NAN;
  std::string cell;
  for (const auto& row : csv("out/intervals.csv")) {
    if (row[0] != "good" || row[2] != "pds_cosine") continue;
    rounded_mean = std::stod(row[3]);
    cell = fmt::format("{:.3f} ({:.3f} to {:.3f})", rounded_mean, std::stod(row[4]),
                       std::stod(row[5]));
  }
  ASSERT_FALSE(std::isnan(rounded_mean));
  const auto first = page.find("| **good** |");
  ASSERT_NE(first, std::string::npos) << page;
  EXPECT_LT(first, page.find("| **blank** |"));
  const auto line = page.substr(first, page.find('\n', first) - first);
  EXPECT_NE(line.find(cell), std::string::npos) << line << " lacks " << cell;
  // Every row of a table has the columns of its head.
  std::size_t columns = 0;
  std::istringstream lines(page);
  for (std::string row; std::getline(lines, row);) {
    const auto bars = static_cast<std::size_t>(std::ranges::count(row, '|'));
    if (bars > 0 && columns > 0) {
      EXPECT_EQ(bars, columns) << row;
    }
    columns = bars;
  }
  for (const auto* end : {"generic_response (baseline)", "replicate (", "ceiling ("}) {
    EXPECT_NE(page.find(fmt::format("| {}", end)), std::string::npos) << end;
  }
  EXPECT_NE(page.find("By strength of effect, of good:"), std::string::npos);
  expect_done(score({"--force", "--ends", "none", "--strata", "none", "--draws", "0"}));
  EXPECT_EQ(text("out/report.md").find("baseline"), std::string::npos);
  EXPECT_EQ(text("out/report.md").find("By strength"), std::string::npos);
}

TEST_F(Score, WeighsGenesForTheEndsToo) {
  expect_done(score({"--profile", "weighted"}));
  std::map<std::string, std::map<std::string, double>> means;
  for (const auto& row : csv("out/ends.csv")) {
    if (row[2].find("w") != std::string::npos && row[3] != "mean") {
      means[row[2]][row[0]] = row[3].empty() ? NAN : std::stod(row[3]);
    }
  }
  ASSERT_EQ(means.size(), 3U);
  for (const auto& [metric, of] : means) {
    EXPECT_TRUE(std::isfinite(of.at("no_change")) && std::isfinite(of.at("replicate"))) << metric;
  }
  EXPECT_LT(means["expr_wmse"]["replicate"], means["expr_wmse"]["no_change"]);
}

TEST_F(Score, ListsEveryPerturbationUnderEveryMetricThatHasOnePerPerturbation) {
  expect_done(cupel(both));
  const auto rows = csv("out/good/results.csv");
  EXPECT_EQ(rows.front(),
            (Rows::value_type{"perturbation", "context", "metric", "value", "reason"}));
  std::map<std::string, std::vector<std::string>> metrics;  // by perturbation
  for (const auto& row : Rows(rows.begin() + 1, rows.end())) {
    ASSERT_EQ(row.size(), 5U);
    EXPECT_EQ(row[1], "");
    metrics[row[0]].push_back(row[2]);
    EXPECT_TRUE(!row[3].empty() || !row[4].empty()) << "neither a value nor a reason";
  }
  auto expected = load_profile("vcc2026").metrics;
  std::erase(expected, "expr_mse_unbiased_capped_norm");  // a ratio of sums
  ASSERT_EQ(metrics.size(), 4U);
  for (const auto& [perturbation, names] : metrics) EXPECT_EQ(names, expected) << perturbation;
}

TEST_F(Score, AggregatesEveryMetricInTheReferencesRows) {
  expect_done(cupel(both));
  const auto rows = csv("out/good/agg_results.csv");
  auto metrics = load_profile("vcc2026").metrics;
  std::ranges::sort(metrics);
  metrics.insert(metrics.begin(), "statistic");
  EXPECT_EQ(rows.front(), metrics);
  Rows::value_type statistics;
  for (const auto& row : rows) {
    EXPECT_EQ(row.size(), metrics.size());
    statistics.push_back(row[0]);
  }
  EXPECT_EQ(statistics, (Rows::value_type{"statistic", "count", "null_count", "mean", "std", "min",
                                          "max", "median"}));
}

TEST_F(Score, PutsTheBetterPredictionFirstInTheFileAndOnTheBoard) {
  const auto result = cupel(both);
  expect_done(result);
  const auto rows = csv("out/leaderboard.csv");
  auto header = load_profile("vcc2026").metrics;
  header.insert(header.begin(), {"rank", "prediction", "mean_rank"});
  header.insert(header.end(), {"score_from_baseline", "score_from_replicate", "score_fixed_scale"});
  EXPECT_EQ(rows[0], header);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ((Rows::value_type{rows[1].begin(), rows[1].begin() + 3}),
            (Rows::value_type{"1", "good", "1"}));
  EXPECT_EQ((Rows::value_type{rows[2].begin(), rows[2].begin() + 3}),
            (Rows::value_type{"2", "blank", "2"}));
  const auto first_line = result.out.substr(0, result.out.find('\n'));
  EXPECT_LT(first_line.find("good"), first_line.find("blank")) << first_line;
  EXPECT_NE(result.out.find("↑ pds_cosine"), std::string::npos);
  EXPECT_NE(result.out.find("↓ de_wilcoxon_lfc_nmae"), std::string::npos);
  EXPECT_NE(result.out.find("pds: 0.5 is chance"), std::string::npos);
}

TEST_F(Score, RecordsHowTheNumbersCameToBe) {
  expect_done(score({"--threads", "2", "--set", "de.p_adj_threshold=0.1"}));
  const auto run = nlohmann::json::parse(text("out/run.json"));
  const auto choice = choose_devices("auto");
  EXPECT_EQ(run["device"], choice.names[0]);
  ASSERT_EQ(run["devices"].size(), 1U);
  EXPECT_EQ(run["devices"][0]["name"], choice.names[0]);
  EXPECT_EQ(run.contains("kernels"), choice.names[0] != "cpu");
  EXPECT_EQ(run["threads"], 2);
  EXPECT_EQ(run["profile"]["name"], "vcc2026");
  EXPECT_EQ(run["profile"]["settings"]["de.p_adj_threshold"], 0.1);
  EXPECT_EQ(run["real"]["path"], "real.h5ad");
  EXPECT_EQ(run["real"]["cells"], 116);
  EXPECT_EQ(run["real"]["genes"], 60);
  ASSERT_EQ(run["predictions"].size(), 2U);
  EXPECT_EQ(run["predictions"][1]["name"], "good");
  EXPECT_NE(run["predictions"][0]["fingerprint"], run["predictions"][1]["fingerprint"]);
  for (const auto* key : {"cupel", "time", "columns", "seconds", "warnings"}) {
    EXPECT_TRUE(run.contains(key)) << key;
  }
}

TEST_F(Score, SaysWhichDeviceItTookByItself) {
  const auto choice = choose_devices("auto");
  const auto line = fmt::format("device: {} ({})\n", choice.names[0], choice.because);
  EXPECT_TRUE(cupel(both).err.starts_with(line)) << line;
  EXPECT_EQ(score({"--device", "cpu", "--force"}).err.find("device:"), std::string::npos);
}

TEST_F(Score, SaysNothingOnStderrWhenQuiet) {
  const auto loud = cupel(both);
  EXPECT_NE(loud.err.find("results in out"), std::string::npos) << loud.err;
  const auto quiet = score({"--quiet", "--force"});
  expect_done(quiet);
  EXPECT_EQ(quiet.err, "");
  EXPECT_EQ(quiet.out, loud.out);
}

TEST_F(Score, LeavesAFolderThatHoldsSomethingAloneUnlessForced) {
  std::filesystem::create_directory(folder.file("out"));
  write("out/mine.txt", "mine");
  expect_refused(cupel(both), 2,
                 "out exists and is not empty; give another folder to -o or add --force");
  EXPECT_EQ(everything(), with(kInputs, {"out/", "out/mine.txt"}));
  expect_done(score({"--force"}));
  EXPECT_EQ(text("out/mine.txt"), "mine");
  EXPECT_TRUE(everything().contains("out/leaderboard.csv"));
}

TEST_F(Score, AcceptsAnEmptyFolderAndMakesFoldersInFolders) {
  std::filesystem::create_directory(folder.file("out"));
  expect_done(cupel(both));
  expect_done(cupel({"score", "--real", "real.h5ad", "--pred", "good.h5ad", "-o", "a/b/c/"}));
  EXPECT_TRUE(everything().contains("a/b/c/run.json"));
}

TEST_F(Score, TakesSeveralFilesAfterOnePredFlag) {
  expect_done(
      cupel({"score", "--real", "real.h5ad", "--pred", "good.h5ad", "blank.h5ad", "-o", "out"}));
  EXPECT_EQ(csv("out/leaderboard.csv").size(), 3U);
}

TEST_F(Score, RefusesTwoPredictionsOfOneNameUnlessOneIsNamed) {
  std::filesystem::create_directory(folder.file("later"));
  std::filesystem::copy_file(folder.file("good.h5ad"), folder.file("later/good.h5ad"));
  const std::vector<std::string> start{"score", "--real", "real.h5ad", "-o",
                                       "out",   "--pred", "good.h5ad"};
  auto equal = start;
  equal.insert(equal.end(), {"--pred", "later/good.h5ad"});
  expect_refused(cupel(equal), 2,
                 "later/good.h5ad: would be called 'good', as good.h5ad is; give it another name: "
                 "--pred NAME=later/good.h5ad");
  EXPECT_FALSE(everything().contains("out/"));
  auto named = start;
  named.insert(named.end(), {"--pred", "later=later/good.h5ad"});
  expect_done(cupel(named));
  EXPECT_EQ(text("out/good/results.csv"), text("out/later/results.csv"));
}

TEST_F(Score, TakesANameOnlyFromWhatIsNoFile) {
  std::filesystem::copy_file(folder.file("good.h5ad"), folder.file("lr=1.h5ad"));
  std::filesystem::create_directory(folder.file("lr=2"));
  std::filesystem::copy_file(folder.file("good.h5ad"), folder.file("lr=2/p.h5ad"));
  expect_done(
      cupel({"score", "--real", "real.h5ad", "-o", "out", "--pred", "lr=1.h5ad", "lr=2/p.h5ad"}));
  EXPECT_TRUE(everything().contains("out/lr=1/results.csv"));
  EXPECT_TRUE(everything().contains("out/p/results.csv"));
}

TEST_F(Score, RefusesNamesThatCannotBeFolders) {
  for (const auto* bad : {"../up", ".", ".."}) {
    write("run.toml", fmt::format("pred = {{name = '{}', path = 'good.h5ad'}}", bad));
    expect_refused(cupel({"score", "--config", "run.toml", "--real", "real.h5ad", "-o", "out"}), 2,
                   "cannot be the name of a folder of results");
  }
  expect_refused(cupel({"score", "--real", "real.h5ad", "-o", "out", "--pred", "=good.h5ad"}), 2,
                 "write NAME=FILE.h5ad");
  expect_refused(
      cupel({"score", "--real", "real.h5ad", "-o", "out", "--pred", "run.json=good.h5ad"}), 2,
      "the name 'run.json' is taken by the run's own results");
  expect_refused(cupel({"score", "--real", "real.h5ad", "-o", "out", "--pred", "real=good.h5ad",
                        "--write-de"}),
                 2, "the name 'real' is taken by the run's own results");
  EXPECT_EQ(everything(), with(kInputs, {"run.toml"}));
}

TEST_F(Score, SetChangesAConvention) {
  const auto worst_pds = [&](const std::vector<std::string>& more) {
    expect_done(score(more));
    double worst = 1.0;
    for (const auto& row : csv("out/blank/results.csv")) {
      if (row[2] == "pds_cosine") worst = std::min(worst, std::stod(row[3]));
    }
    return worst;
  };
  // Ranks of four perturbations over n - 1 are thirds, over n quarters.
  const double thirds = worst_pds({}) * 3;
  EXPECT_EQ(thirds, std::round(thirds));
  const double quarters = worst_pds({"--force", "--set", "pds.denominator=n"}) * 4;
  EXPECT_EQ(quarters, std::round(quarters));
  EXPECT_NE(thirds / 3, quarters / 4);
}

TEST_F(Score, DryRunReadsNoCellAndWritesNothing) {
  const Layout packed{.storage = {.chunk = 4096, .filters = {"gzip"}}};
  write_screen(folder.file("real.h5ad"), make_small_screen(), packed);
  overwrite_first_chunk(folder.file("real.h5ad"), "X/data");
  const auto result = score({"--dry-run"});
  expect_done(result);
  EXPECT_EQ(everything(), kInputs);
  EXPECT_NE(result.out.find("real.h5ad: 116 cells × 60 genes, X: csr float32, gzip-4; 76 perturbed "
                            "cells"),
            std::string::npos)
      << result.out;
  EXPECT_NE(result.out.find("memory: at most"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("device: " + choose_devices("auto").names[0]), std::string::npos)
      << result.out;
  // A run that does read finds the damage, and leaves nothing either.
  expect_refused(cupel(both), 3, "real.h5ad: 'X/data' is damaged");
  EXPECT_EQ(everything(), kInputs);
}

TEST_F(Score, DryRunRefusesWhatARunWouldRefuseBeforeReading) {
  expect_refused(score({"--dry-run", "--pert-col", "targt"}), 3, "did you mean 'target'?");
  if (!has_cuda()) expect_refused(score({"--dry-run", "--device", "cuda"}), 4, "CUDA");
  expect_refused(score({"--dry-run", "--device", "cuda,tpu"}), 2, "no device named 'tpu'");
  expect_refused(score({"--dry-run", "--memory", "1M"}), 6, "raise --memory");
  std::filesystem::create_directory(folder.file("out"));
  write("out/mine.txt", "mine");
  expect_refused(score({"--dry-run"}), 2, "out exists and is not empty");
}

TEST_F(Score, WritesTheTablesOfTestsOnRequest) {
  expect_done(score({"--write-de"}));
  for (const auto* side : {"real", "good", "blank"}) {
    const Hdf5Probe table(folder.file(fmt::format("out/{}/de.h5ad", side)));
    EXPECT_EQ(table.strings("obs/_index"),
              (std::vector<std::string>{"G003", "G010", "G025", "G041"}));
    const auto shape = table.shape("X");
    for (const auto* layer : {"log2_fold_change", "p_value", "p_adj"}) {
      EXPECT_EQ(table.shape(fmt::format("layers/{}", layer)), shape);
    }
    for (const double p : table.numbers("layers/p_adj")) EXPECT_TRUE(p >= 0 && p <= 1) << p;
  }
}

TEST_F(Score, WritesTheTablesAsTextToo) {
  // A profile without a metric of tests: what was asked for is computed all the same.
  expect_done(score({"--profile", "pds", "--write-de", "--de-format", "csv.gz"}));
  const auto rows = csv_rows(gzip_text(folder.file("out/real/de.csv.gz")));
  EXPECT_EQ(rows[0],
            (Rows::value_type{"target", "feature", "log2_fold_change", "p_value", "p_adj"}));
  std::map<std::string, int> tests;
  for (const auto& row : Rows(rows.begin() + 1, rows.end())) ++tests[row[0]];
  EXPECT_EQ(tests.size(), 4U);
  EXPECT_GT(tests["G003"], 40);
  EXPECT_EQ(tests["G003"], tests["G041"]);
  expect_refused(score({"--force", "--de-format", "parquet"}), 2, "csv.gz");
}

TEST_F(Score, HoldsEachContextToItsOwnControlsAndAddsMacroMeans) {
  write_screen(folder.file("real.h5ad"), make_small_screen({.contexts = 2}));
  write_screen(folder.file("good.h5ad"), make_small_screen({.draw = 2, .contexts = 2}));
  const auto result = cupel({"score", "--real", "real.h5ad", "--pred", "good.h5ad", "-o", "out",
                             "--context-col", "line", "--write-de"});
  expect_done(result);
  EXPECT_NE(result.out.find("values are means over 2 contexts"), std::string::npos);
  EXPECT_TRUE(everything().contains("out/good/de_line1.h5ad"));
  std::map<std::string, int> lines;
  for (const auto& row : csv("out/good/results.csv")) ++lines[row[1]];
  EXPECT_EQ(lines, (std::map<std::string, int>{{"context", 1}, {"line0", 36}, {"line1", 36}}));

  const auto rows = csv("out/good/agg_results.csv");
  EXPECT_EQ(rows[0][1], "context");
  ASSERT_EQ(rows.size(), 16U);
  const auto& macro = rows.back();
  EXPECT_EQ(macro[0], "mean");
  EXPECT_EQ(macro[1], "(macro mean)");
  ASSERT_EQ(rows[3][0], "mean");
  ASSERT_EQ(rows[10][0], "mean");
  for (std::size_t metric = 2; metric < macro.size(); ++metric) {
    EXPECT_DOUBLE_EQ(std::stod(macro[metric]),
                     (std::stod(rows[3][metric]) + std::stod(rows[10][metric])) / 2)
        << rows[0][metric];
  }

  // One context scored alone gives its share of the whole.
  for (const std::string side : {"real", "good"}) {
    auto screen = make_small_screen({.draw = side == "real" ? 1U : 2U, .contexts = 2});
    std::vector<std::int64_t> cells;
    for (std::int64_t cell = 0; cell < screen.n_cells(); ++cell) {
      if (screen.contexts[static_cast<std::size_t>(cell)] == "line1") cells.push_back(cell);
    }
    screen.keep_cells(cells);
    write_screen(folder.file(side + "1.h5ad"), screen);
  }
  expect_done(cupel({"score", "--real", "real1.h5ad", "--pred", "good1.h5ad", "-o", "one"}));
  const auto alone = csv("one/good1/results.csv");
  const auto whole = csv("out/good/results.csv");
  for (std::size_t i = 1; i <= 36; ++i) {
    EXPECT_EQ(alone[i][3], whole[36 + i][3]) << whole[36 + i][0] << ", " << whole[36 + i][2];
  }
}

TEST_F(Score, GivesContextsThatSpellAlikeDifferentFiles) {
  for (const auto* side : {"real.h5ad", "good.h5ad"}) {
    auto screen =
        make_small_screen({.draw = std::string(side) == "real.h5ad" ? 1U : 2U, .contexts = 2});
    for (auto& context : screen.contexts) context = context == "line0" ? "a b" : "a-b";
    write_screen(folder.file(side), screen);
  }
  expect_done(cupel({"score", "--real", "real.h5ad", "--pred", "good.h5ad", "-o", "out",
                     "--context-col", "line", "--write-de"}));
  EXPECT_TRUE(everything().contains("out/good/de_a-b.h5ad"));
  EXPECT_TRUE(everything().contains("out/good/de_a-b-2.h5ad"));
}

TEST_F(Score, MapsLabelsToGenes) {
  for (const auto* side : {"real.h5ad", "good.h5ad"}) {
    auto screen = make_small_screen({.draw = std::string(side) == "real.h5ad" ? 1U : 2U});
    for (const auto* gene : {"G003", "G010", "G025", "G041"}) {
      screen.rename(gene, std::string(gene) + "_1");
    }
    write_screen(folder.file(side), screen);
  }
  const std::vector<std::string> plain{"score",     "--real", "real.h5ad", "--pred",
                                       "good.h5ad", "-o",     "out"};
  expect_refused(cupel(plain), 3, "none of 4 perturbation labels names a gene");
  write("genes.csv", "perturbation,gene\nG003_1,G003\nG010_1,G010\nG025_1,G025\nG041_1,G041\n");
  auto mapped = plain;
  mapped.insert(mapped.end(), {"--target-gene-map", "genes.csv"});
  expect_done(cupel(mapped));
  // The same numbers as with labels that are the genes' names.
  write_screen(folder.file("real.h5ad"), make_small_screen());
  write_screen(folder.file("good.h5ad"), make_small_screen({.draw = 2}));
  expect_done(cupel({"score", "--real", "real.h5ad", "--pred", "good.h5ad", "-o", "named"}));
  EXPECT_EQ(text("out/leaderboard.csv"), text("named/leaderboard.csv"));
}

}  // namespace
}  // namespace cupel::test
