#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "cupel/backend.hpp"
#include "support/cli.hpp"
#include "support/data_files.hpp"
#include "support/hdf5_probe.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

using Names = std::vector<std::string>;

const std::string kSweep = R"(
real = "screen.h5ad"
context-col = "line"
output = "out"
[[split]]
name = "folds"
outside = {unit = "perturbation", folds = 2, seed = 3}
[[split]]
generator = "cex"
val = 0
[[model]]
name = "no_change"
[[model]]
name = "perturbation_mean"
shrink = [0, 20]
[[model]]
name = "ridge"
features = ["one-hot,context", "pca:2"]
lambda = {log = [0.1, 100], steps = 4}
)";

class Sweep : public Cli {
 protected:
  void SetUp() override {
    write_screen(folder.file("screen.h5ad"), make_small_screen({.contexts = 2}));
    write("sweep.toml", kSweep);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder.file(name)) << text;
  }
  // Rows of the table without their seconds.
  [[nodiscard]] std::vector<Names> table(const std::string& name) const {
    auto rows = csv(name);
    for (auto& row : rows) row.pop_back();
    return rows;
  }
};

TEST_F(Sweep, ChoosesInsideAndWritesWhatTheBestPredicts) {
  const auto result = cupel({"sweep", "sweep.toml", "--threads", "1"});
  expect_done(result);
  EXPECT_NE(result.out.find("**folds** (seen context, unseen perturbations)"), std::string::npos)
      << result.out;
  EXPECT_NE(result.out.find("**cex** (unseen context, seen perturbations)"), std::string::npos)
      << result.out;
  EXPECT_EQ(text("out/sweep.md"), result.out);
  const auto rows = table("out/sweep.csv");
  // 11 settings inside and 3 models outside, in two folds of each split; and the header.
  EXPECT_EQ(rows.size(), 1U + 2 * 2 * (11 + 3));
  const Hdf5Probe file(folder.file("out/folds.h5ad"));
  EXPECT_EQ(file.strings("obs/_index").size(), 2U + 8U) << "two controls, every condition once";
  EXPECT_TRUE(std::filesystem::exists(folder.file("out/cex.h5ad")));
  EXPECT_TRUE(std::filesystem::exists(folder.file("out/cex.split.json")));
  // Its score is that of the table: the same profiles in the same file are found again by `score`.
  expect_refused(cupel({"sweep", "sweep.toml"}), 2, "--force");
  expect_done(cupel({"sweep", "sweep.toml", "--force", "--quiet", "--threads", "2"}));
  EXPECT_EQ(table("out/sweep.csv"), rows);
}

// As `fit` predicts with the chosen model, so the sweep does.
TEST_F(Sweep, PredictsAsFitDoes) {
  write("one.toml", R"(
real = "screen.h5ad"
context-col = "line"
output = "one"
[[split]]
file = "split.json"
[[model]]
name = "ridge"
lambda = 3
)");
  expect_done(cupel({"split", "gex", "--real", "screen.h5ad", "--context-col", "line", "--seed",
                     "5", "--val", "0.25", "-o", "split.json"}));
  expect_done(cupel({"sweep", "one.toml"}));
  expect_done(cupel({"fit", "screen.h5ad", "--model", "ridge", "--with", "lambda=3", "--split",
                     "split.json", "--with-val", "-o", "fit.h5ad"}));
  const Hdf5Probe swept(folder.file("one/split.h5ad"));
  const Hdf5Probe fitted(folder.file("fit.h5ad"));
  EXPECT_EQ(swept.strings("obs/_index"), fitted.strings("obs/_index"));
  EXPECT_EQ(swept.numbers("X"), fitted.numbers("X"));
}

// The models best inside are predicted for what each fold holds out and scored by a whole profile.
TEST_F(Sweep, ScoresAShortListWithAProfile) {
  const auto head = kSweep.substr(0, kSweep.find("[[split]]"));
  const auto rest = kSweep.substr(kSweep.find("[[split]]"));
  write("listed.toml", head + "cells = 12\n[short-list]\nsize = 2\nprofile = \"minimal\"\n" + rest);
  const auto result = cupel({"sweep", "listed.toml"});
  expect_done(result);
  for (const auto* split : {"folds", "cex"}) {
    const auto board = csv(std::string("out/") + split + ".scores/leaderboard.csv");
    ASSERT_EQ(board.size(), 4U) << "two of three models, and what was best inside each fold";
    EXPECT_EQ(board[0][1], "prediction");
    // Twelve cells of each of eight conditions, and the controls of two contexts.
    const auto cells =
        Hdf5Probe(folder.file(std::string("out/") + split + ".h5ad")).strings("obs/_index").size();
    const auto truth = Hdf5Probe(folder.file(std::string("out/") + split + ".truth.h5ad"))
                           .strings("obs/_index")
                           .size();
    const auto screen = Hdf5Probe(folder.file("screen.h5ad")).strings("obs/_index").size();
    EXPECT_EQ(truth, screen) << "every condition is held out by some fold";
    EXPECT_LT(cells, screen + 8 * 12);
    EXPECT_GT(cells, 8U * 12U);
  }
  EXPECT_NE(result.out.find("folds: the short list by profile minimal"), std::string::npos);
}

TEST_F(Sweep, GoesOnWhereItWasInterrupted) {
  expect_done(cupel({"sweep", "sweep.toml"}));
  const auto whole = table("out/sweep.csv");
  const auto bytes = text("out/sweep.csv");
  const auto prediction = Hdf5Probe(folder.file("out/folds.h5ad")).numbers("X");
  for (const double share : {0.0, 0.3, 0.77, 1.0}) {
    const auto kept = static_cast<std::size_t>(share * static_cast<double>(bytes.size()));
    const auto from = std::max(kept, bytes.find('\n') + 1);
    write("out/sweep.csv", bytes.substr(0, from));
    std::filesystem::remove(folder.file("out/folds.h5ad"));
    const auto result = cupel({"sweep", "sweep.toml", "--resume"});
    expect_done(result);
    EXPECT_EQ(table("out/sweep.csv"), whole);
    EXPECT_EQ(Hdf5Probe(folder.file("out/folds.h5ad")).numbers("X"), prediction);
    if (share == 1.0) {
      EXPECT_EQ(text("out/sweep.csv"), bytes) << "finished rows were done again";
    }
  }
  // Another grid is another sweep.
  write("sweep.toml", kSweep + "weight-power = 1\n");
  expect_refused(cupel({"sweep", "sweep.toml", "--resume"}), 3, "is of another sweep");
  expect_done(cupel({"sweep", "sweep.toml", "--force"}));
  expect_refused(cupel({"sweep", "sweep.toml", "--force", "--resume"}), 2, "give one");
}

// The table of all baselines on a real screen, by one command.
TEST_F(Sweep, ListsEveryBaselineOnTheNormanScreen) {
  CUPEL_SKIP_WITHOUT_DATA();
  const auto screen = data_file("real/norman19_mcfaline23.h5ad").string();
  const auto result = cupel(
      {"sweep", source_path("configs") + "/sweeps/norman.toml", "--real", screen, "-o", "norman"});
  expect_done(result);
  std::set<std::string> models;
  std::map<std::string, std::map<std::string, double>> mse;  // by split and task
  for (const auto& row : csv("norman/summary.csv")) {
    if (row[0] == "split" || row[3] == "best inside") continue;
    models.insert(row[3]);
    EXPECT_FALSE(row[2].empty()) << "no claim for " << row[0];
    mse[row[0] + " " + row[1]][row[3]] = row[8] == "NaN" ? std::nan("") : std::stod(row[8]);
  }
  const auto listed = cupel({"list", "baselines", "--markdown"});
  for (const auto& model : models) {
    EXPECT_NE(listed.out.find("`" + model + "`"), std::string::npos) << model;
  }
  EXPECT_EQ(models.size(), 17U) << "a baseline is missing from configs/sweeps/norman.toml";
  EXPECT_EQ(mse.size(), 6U) << "GEX, CEX, three classes of combinations, and another dataset";
  const auto& pairs = mse.at("combo-seen combo_seen2");
  EXPECT_LT(pairs.at("additive"), 0.5 * pairs.at("no_change"));
  EXPECT_LT(pairs.at("additive"), 0.5 * pairs.at("perturbed_mean"));
  // What the documents show has the same tables.
  const auto shown = bytes_of_file(source_path("docs") + "/norman-sweep.md");
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("**")) continue;
    EXPECT_NE(shown.find(line), std::string::npos)
        << "run scripts/update-readme: docs/norman-sweep.md lacks " << line;
  }
}

TEST_F(Sweep, SaysWhereItComputed) {
  const auto result = cupel({"sweep", "sweep.toml"});
  expect_done(result);
  const auto chosen = choose_devices("auto");
  EXPECT_NE(result.err.find("device: " + chosen.names[0] + " (" + chosen.because + ")"),
            std::string::npos)
      << result.err;
  EXPECT_NE(text("out/sweep.json").find("\"device\": \"" + chosen.names[0] + "\""),
            std::string::npos);
  // A flag wins over the file, and says nothing of why.
  write("there.toml", "device = 'cuda:97'\n" + kSweep);
  const auto here = cupel({"sweep", "there.toml", "--device", "cpu", "--force"});
  expect_done(here);
  EXPECT_EQ(here.err.find("device:"), std::string::npos);
  EXPECT_NE(text("out/sweep.json").find("\"device\": \"cpu\""), std::string::npos);
  expect_refused(cupel({"sweep", "there.toml", "--force"}), has_cuda() ? 5 : 4, "");
}

TEST_F(Sweep, RefusesWhatCannotBeDone) {
  write("bad.toml", kSweep + "[[model]]\nname = \"rigde\"\n");
  expect_refused(cupel({"sweep", "bad.toml"}), 2, "did you mean 'ridge'");
  EXPECT_FALSE(std::filesystem::exists(folder.file("out")));
  write("cells.toml",
        "real = 'screen.h5ad'\noutput = 'out'\n[[split]]\ngenerator = 'random-cells'\n"
        "[[model]]\nname = 'no_change'\n");
  expect_refused(cupel({"sweep", "cells.toml"}), 3, "divides the cells of a condition");
  write("lacks.toml", "[[model]]\nname = 'no_change'\n");
  expect_refused(cupel({"sweep", "lacks.toml"}), 2, "--real");
  expect_refused(cupel({"sweep", "lacks.toml", "--real", "screen.h5ad"}), 2, "-o FOLDER");
}

}  // namespace
}  // namespace cupel::test
