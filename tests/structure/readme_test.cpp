#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/profile.hpp"
#include "cupel/metric.hpp"
#include "models/model.hpp"
#include "splits/generator.hpp"
#include "support/cli.hpp"
#include "support/data_files.hpp"
#include "support/paths.hpp"
#include "support/program.hpp"

namespace cupel {
namespace {

// What stands between "<!-- NAME:begin ... -->" and "<!-- NAME:end -->" in the README.
std::string block(const std::string& name) {
  std::ifstream file(test::source_path("README.md"));
  std::stringstream text;
  text << file.rdbuf();
  const auto readme = text.str();
  const auto begin = readme.find("<!-- " + name + ":begin");
  const auto end = readme.find("<!-- " + name + ":end");
  if (begin == std::string::npos || end == std::string::npos) return "no such block";
  const auto first = readme.find('\n', begin) + 1;
  return readme.substr(first, end - first);
}

TEST(Readme, ShowsTheMetricsThatTheRegistryLists) {
  EXPECT_EQ(block("metrics"), metric_table_markdown()) << "run scripts/update-readme";
}

TEST(Readme, ShowsTheProfilesThatTheBinaryCarries) {
  EXPECT_EQ(block("profiles"), profile_table_markdown()) << "run scripts/update-readme";
}

TEST(Readme, ShowsTheBaselinesThatTheRegistryLists) {
  EXPECT_EQ(block("baselines"), models::model_table_markdown()) << "run scripts/update-readme";
}

TEST(Readme, ShowsTheSplitsThatTheRegistryLists) {
  EXPECT_EQ(block("splits"), splits::split_table_markdown()) << "run scripts/update-readme";
}

TEST(Readme, ShowsWhatTheRealScreenSays) {
  CUPEL_SKIP_WITHOUT_DATA();
  const auto script = test::source_path("scripts/judge-norman");
  const auto screen = test::data_file("real/norman19_mcfaline23.h5ad").string();
  test::Program program({"/usr/bin/env", "CUPEL=" + test::cupel_binary(), script, screen},
                        {.folder = test::source_path("")});
  const auto result = program.result();
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(block("judgement"), result.out) << "run scripts/update-readme";
}

}  // namespace
}  // namespace cupel
