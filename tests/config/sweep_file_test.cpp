#include "config/sweep_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cupel/error.hpp"
#include "support/paths.hpp"
#include "support/scratch_folder.hpp"
#include "sweep/grid.hpp"

namespace cupel::test {
namespace {

class SweepFileTest : public ::testing::Test {
 protected:
  SweepConfig read(const std::string& text) const {
    const auto path = folder.file("sweep.toml");
    std::ofstream(path) << text;
    return read_sweep_file(path);
  }
  std::string refusal(const std::string& text) const {
    try {
      static_cast<void>(read(text));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return error.what();
    }
    return "not refused";
  }
  void expect_refused(const std::string& text, const std::string& words) const {
    const auto message = refusal(text);
    EXPECT_NE(message.find(words), std::string::npos) << message;
    EXPECT_NE(message.find("sweep.toml"), std::string::npos) << message;
  }
  ScratchFolder folder;
};

const std::string kModel = "[[model]]\nname = 'ridge'\n";

TEST_F(SweepFileTest, SaysAllThereIsToSay) {
  const auto config = read(R"(
real = "real.h5ad"
output = "/tmp/out"
pert-col = "gene"
control = "ctrl"
context-col = "line"
dataset-col = "study"
dose-col = "dose"
separator = "_"
input-type = "lognorm"
profile = "full"
set = ["pds.exclusion=none"]
tables = {go = "sets.gmt"}
select = "pds_cosine"
cells = 64
device = "cuda:1"
gpu-memory = "20G"
[short-list]
size = 3
profile = "minimal"
[[split]]
generator = "gex"
seed = 7
hold-out = ["A", "B"]
inside = "leave-one-out"
[[split]]
name = "mine"
file = "mine.json"
inside = {unit = "context", folds = 2, seed = 9}
[[split]]
outside = "5-fold"
[[model]]
name = "ridge"
features = ["one-hot", "table:go"]
lambda = {log = [0.01, 100], steps = 5}
standardise = true
[[model]]
name = "bilinear_scores"
k = {linear = [2, 10], steps = 3}
)");
  EXPECT_EQ(config.run.real, folder.file("real.h5ad"));
  EXPECT_EQ(config.run.output, "/tmp/out");
  EXPECT_EQ(config.run.pert_col, "gene");
  EXPECT_EQ(config.run.control, "ctrl");
  EXPECT_EQ(config.run.context_col, "line");
  EXPECT_EQ(config.dataset_col, "study");
  EXPECT_EQ(config.dose_col, "dose");
  EXPECT_EQ(config.separator, "_");
  EXPECT_EQ(config.run.input_type, InputType::kLognorm);
  EXPECT_EQ(config.run.profile, "full");
  EXPECT_EQ(config.run.settings, std::vector<std::string>{"pds.exclusion=none"});
  EXPECT_EQ(config.tables, std::vector<std::string>{"go=" + folder.file("sets.gmt")});
  EXPECT_EQ(config.select, SweepScore::kPdsCosine);
  EXPECT_EQ(config.short_list, 3);
  EXPECT_EQ(config.short_list_profile, "minimal");
  EXPECT_EQ(config.cells, 64);
  EXPECT_EQ(config.run.device, "cuda:1");
  EXPECT_EQ(config.run.gpu_memory, std::int64_t{20} << 30);
  ASSERT_EQ(config.splits.size(), 3U);
  EXPECT_EQ(config.splits[0].name, "gex");
  EXPECT_EQ(config.splits[0].options, (std::vector<std::pair<std::string, std::string>>{
                                          {"hold-out", "A"}, {"hold-out", "B"}, {"seed", "7"}}));
  EXPECT_EQ(config.splits[0].inside->unit, LeaveOut::kCondition);
  EXPECT_EQ(config.splits[0].inside->folds, 0);
  EXPECT_EQ(config.splits[1].file, folder.file("mine.json"));
  EXPECT_EQ(config.splits[1].inside->unit, LeaveOut::kContext);
  EXPECT_EQ(config.splits[1].inside->folds, 2);
  EXPECT_EQ(config.splits[1].inside->seed, 9U);
  EXPECT_EQ(config.splits[2].name, "all");
  EXPECT_EQ(config.splits[2].outside->unit, LeaveOut::kPerturbation);
  EXPECT_EQ(config.splits[2].outside->folds, 5);
  EXPECT_FALSE(config.splits[2].inside.has_value());
  ASSERT_EQ(config.grids.size(), 2U);
  std::vector<std::string> texts;
  for (const auto& settings : sweep::settings_of(config.grids[0])) {
    texts.push_back(sweep::settings_text(settings));
  }
  ASSERT_EQ(texts.size(), 10U);
  EXPECT_EQ(texts.front(), "features=one-hot lambda=0.01 standardise=yes");
  EXPECT_EQ(texts[1], "features=one-hot lambda=0.1 standardise=yes");
  EXPECT_EQ(texts.back(), "features=table:go lambda=100 standardise=yes");
  EXPECT_EQ(config.grids[1].axes.front().values, (std::vector<std::string>{"2", "6", "10"}));
}

TEST_F(SweepFileTest, FoldsTheWholeScreenWhereNoSplitIsNamed) {
  const auto config = read(kModel);
  ASSERT_EQ(config.splits.size(), 1U);
  EXPECT_TRUE(config.splits[0].outside.has_value());
  EXPECT_EQ(config.select, SweepScore::kMse);
}

TEST_F(SweepFileTest, RefusesWhatItDoesNotKnow) {
  expect_refused("", "[[model]]");
  expect_refused("realy = 'x'\n" + kModel, "did you mean 'real'");
  expect_refused("= 3", "line 1");
  expect_refused("select = 'r2'\n" + kModel, "'select' takes one of: mse, pearson");
  expect_refused("[[split]]\nfile = 'a'\ngenerator = 'gex'\n" + kModel, "one of file, generator");
  expect_refused("[[split]]\nseed = 3\n" + kModel, "'seed' only with a generator");
  expect_refused("[[split]]\nname = 'a'\n[[split]]\nname = 'a'\n" + kModel, "'a' is there twice");
  expect_refused("[[split]]\nname = 'a/b'\n" + kModel, "without '/'");
  expect_refused("[[split]]\noutside = 'leave-gene-out'\n" + kModel, "one of: condition");
  expect_refused("[[split]]\noutside = '1-fold'\n" + kModel, "two folds or more");
  expect_refused("[[split]]\noutside = 'x-fold'\n" + kModel, "leave-one-out");
  expect_refused(kModel + "lambda = []", "one value or more");
  expect_refused(kModel + "lambda = {log = [0, 1], steps = 3}", "ends above 0");
  expect_refused(kModel + "lambda = {log = [1, 2]}", "steps = N");
  expect_refused(kModel + "lambda = {log = [1, 2], steps = 1}", "steps = N");
  expect_refused(kModel + "lambda = {long = [1, 2], steps = 2}", "steps = N");
  expect_refused(kModel + "lambda = [[1]]", "a number");
  expect_refused("[[model]]\nlambda = 1", "a name");
  expect_refused("[short-list]\nsize = 2\n" + kModel, "both a size and a profile");
  expect_refused("[short-list]\nsize = -1\n" + kModel, "whole number");
  EXPECT_THROW(static_cast<void>(read_sweep_file(folder.file("none.toml"))), Error);
}

// Every file under configs/sweeps can be run as it stands, given its screen.
TEST(SweepConfigs, AreRead) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(source_path("configs") + "/sweeps")) {
    SweepConfig config;
    ASSERT_NO_THROW(config = read_sweep_file(entry.path())) << entry.path();
    for (const auto& grid : config.grids) {
      EXPECT_NO_THROW(static_cast<void>(sweep::settings_of(grid))) << entry.path() << grid.model;
    }
    ++files;
  }
  EXPECT_GT(files, 1);
}

}  // namespace
}  // namespace cupel::test
