#include <filesystem>
#include <fstream>
#include <map>

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
