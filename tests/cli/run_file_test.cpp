#include "support/cli.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

class RunFile : public Cli {
 protected:
  RunFile() {
    std::filesystem::create_directories(folder.file("data/later"));
    write_screen(folder.file("data/real.h5ad"), make_small_screen());
    write_screen(folder.file("data/good.h5ad"), make_small_screen({.draw = 2}));
    write_screen(folder.file("data/later/good.h5ad"), make_small_screen({.draw = 3}));
  }
  // Runs with a run file of this content in data/.
  [[nodiscard]] ProgramResult score(const std::string& content,
                                    const std::vector<std::string>& more = {}) const {
    write("data/run.toml", content);
    std::vector<std::string> arguments{"score", "--config", "data/run.toml"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return cupel(arguments);
  }
};

TEST_F(RunFile, HoldsAWholeRunWithPathsFromItsOwnFolder) {
  expect_done(score(R"(
real = "real.h5ad"
pred = ["good.h5ad", {name = "later", path = "later/good.h5ad"}]
profile = "minimal"
output = "../out"
threads = 1
memory = "2G"
device = "cpu"
gpu-memory = "1G"
quiet = true
write-de = true
de-format = "csv.gz"
)"));
  EXPECT_TRUE(everything().contains("out/good/de.csv.gz"));
  EXPECT_TRUE(everything().contains("out/later/results.csv"));
  EXPECT_NE(text("out/run.json").find("\"threads\": 1"), std::string::npos);
}

TEST_F(RunFile, GivesWayToFlags) {
  expect_done(
      score("real = 'real.h5ad'\npred = 'missing.h5ad'\nprofile = 'full'\noutput = 'lost'\n",
            {"--pred", "data/good.h5ad", "--profile", "pds", "-o", "out"}));
  EXPECT_EQ(csv("out/leaderboard.csv")[0],
            (std::vector<std::string>{"rank", "prediction", "mean_rank", "pds_l1",
                                      "score_from_baseline", "score_from_replicate",
                                      "score_fixed_scale"}));
  EXPECT_FALSE(everything().contains("data/lost/"));
}

TEST_F(RunFile, KeepsItsSettingsBesideThoseOfFlags) {
  expect_done(
      score("real = 'real.h5ad'\npred = 'good.h5ad'\noutput = '../out'\n"
            "set = ['de.p_adj_threshold=0.1', 'pds.denominator=n']\n",
            {"--set", "de.p_adj_threshold=0.2"}));
  EXPECT_NE(text("out/run.json").find("\"de.p_adj_threshold\": 0.2"), std::string::npos);
  EXPECT_NE(text("out/run.json").find("\"pds.denominator\": \"n\""), std::string::npos);
}

TEST_F(RunFile, TakesOnePredictionWithoutAList) {
  expect_done(
      score("real = 'real.h5ad'\npred = {name = 'mine', path = 'good.h5ad'}\noutput = '../out'\n"));
  EXPECT_TRUE(everything().contains("out/mine/results.csv"));
}

TEST_F(RunFile, MayAskForADryRun) {
  const auto result =
      score("real = 'real.h5ad'\npred = 'good.h5ad'\noutput = '../out'\ndry-run = true\n");
  expect_done(result);
  EXPECT_NE(result.out.find("memory: at most"), std::string::npos);
  EXPECT_FALSE(everything().contains("out/"));
}

TEST_F(RunFile, SuggestsTheNearestKey) {
  expect_refused(score("perd = 'good.h5ad'\n"), 2,
                 "data/run.toml: no key named 'perd' (did you mean 'pred'?); known: cache, ");
}

TEST_F(RunFile, RefusesValuesOfTheWrongKind) {
  expect_refused(score("threads = 'two'\n"), 2, "data/run.toml: 'threads' takes a whole number");
  expect_refused(score("threads = -1\n"), 2,
                 "data/run.toml: 'threads' takes a whole number from 0");
  expect_refused(score("real = 1\n"), 2, "data/run.toml: 'real' takes a text in quotes");
  expect_refused(score("quiet = 'yes'\n"), 2, "data/run.toml: 'quiet' takes true or false");
  expect_refused(score("pred = [1]\n"), 2,
                 "'pred' takes a path in quotes or {name = ..., path = ...}");
  expect_refused(score("pred = {name = 'x'}\n"), 2, "the path is missing");
  expect_refused(score("pred = {file = 'x'}\n"), 2, "not 'file'");
  expect_refused(score("input-type = 'tpm'\n"), 2, "neither counts nor lognorm");
  expect_refused(score("de-format = 'tsv'\n"), 2, "neither h5ad nor csv.gz");
  expect_refused(score("memory = 'much'\n"), 2, "is not an amount of memory");
  expect_refused(score("real = \n"), 2, "data/run.toml: line 1");
}

TEST_F(RunFile, RefusesAFileThatIsNotThere) {
  expect_refused(cupel({"score", "--config", "nowhere.toml"}), 2, "nowhere.toml: no such run file");
  expect_refused(cupel({"score", "--config=data"}), 2, "data: no such run file");
}

}  // namespace
}  // namespace cupel::test
