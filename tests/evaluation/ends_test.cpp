// The ends of the scale, from a file to scores, against what the reference made of the same screen
// (tests/golden/runs/scoring_*.json).
#include "evaluation/ends.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>

#include "config/run_file.hpp"
#include "cupel/error.hpp"
#include "cupel/evaluate.hpp"
#include "log.hpp"
#include "parallel/parallel.hpp"
#include "report/report.hpp"
#include "support/csv_rows.hpp"
#include "support/paths.hpp"
#include "support/scratch_folder.hpp"
#include "support/small_screen.hpp"
#include "vectors/vectors.hpp"

namespace cupel::test {
namespace {

RunConfig golden_run(const std::string& profile) {
  RunConfig config;
  config.real = source_path("tests/golden/inputs/scoring.real.h5ad");
  config.predictions = {{.path = source_path("tests/golden/inputs/scoring.pred.h5ad")}};
  config.profile = profile;
  config.settings = {"de.rank_values=f64-log1p"};
  config.ends = "all";
  config.cache = "none";
  return config;
}

Report run(const RunConfig& config) {
  Console console(true);
  return evaluate(config, console, {});
}

void expect_near(double value, double wanted, const std::string& what) {
  if (std::isnan(wanted)) {
    EXPECT_TRUE(std::isnan(value)) << what;
  } else {
    EXPECT_NEAR(value, wanted, 1e-7 * std::max(1.0, std::abs(wanted))) << what;
  }
}

class GoldenEnds : public ::testing::TestWithParam<std::pair<const char*, const char*>> {
 protected:
  void SetUp() override {
    std::ifstream file(source_path("tests/golden/runs/scoring_") + GetParam().second + ".json");
    golden = Json::parse(file);
    report = run(golden_run(GetParam().first));
  }

  void expect_baseline(const std::string& name, const char* recorded) const {
    const auto end = std::ranges::find(report.baselines, name, &PredictionResult::name);
    ASSERT_NE(end, report.baselines.end()) << name;
    for (const auto& metric : end->contexts.front().metrics) {
      const std::string key(metric.metric->name);
      expect_near(metric.aggregate.mean, number(golden.at(recorded).at(key).at("mean")),
                  name + " " + key);
    }
  }

  Json golden;
  Report report;
};

TEST_P(GoldenEnds, BaselinesScoreAsTheReferences) {
  expect_baseline("generic_response", "baseline_dispersed");
  expect_baseline("generic_response_tile", "baseline_tile");
}

TEST_P(GoldenEnds, EverySplitOfTheReplicateIsTheReferences) {
  ASSERT_EQ(report.replicate.size(), 1U);
  for (const auto& metric : report.replicate.front().metrics) {
    const std::string key(metric.metric->name);
    const auto wanted = numbers(golden.at("anchor_splits").at(key).at("value"));
    ASSERT_EQ(metric.splits.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      expect_near(metric.splits[i], wanted[i], key + ", split " + std::to_string(i));
    }
  }
}

TEST_P(GoldenEnds, CeilingIsTheReferences) {
  ASSERT_EQ(report.ceiling.size(), 1U);
  std::map<std::string, double> wanted;
  for (const Json& row : golden.at("ceiling")) wanted[row.at("metric")] = number(row.at("ceiling"));
  for (const auto& metric : report.ceiling.front().metrics) {
    const std::string key(metric.metric->name);
    expect_near(metric.mean, wanted.at(key), key);
    EXPECT_EQ(metric.undefined_because.empty(), !std::isnan(metric.mean)) << key;
  }
}

TEST_P(GoldenEnds, ScoresAreTheReferences) {
  std::map<std::string, Json> wanted;
  for (const Json& row : golden.at("scored")) wanted[row.at("metric")] = row;
  const auto& scores = report.predictions.front().scores;
  ASSERT_EQ(scores.size(), 1U);
  const auto expect = [&](const Score& score, const std::string& metric, const char* column) {
    const Json& value = wanted.at(metric).at(column);
    expect_near(score.value, value.is_null() ? std::nan("") : number(value), metric + column);
  };
  EXPECT_EQ(scores[0].metrics.size() + 1, wanted.size());
  for (const auto& scored : scores[0].metrics) {
    const std::string name(scored.metric->name);
    expect(scored.from_baseline, name, "from_baseline");
    expect(scored.from_replicate, name, "from_replicate");
    expect(scored.from_reference, name, "from_reference");
    expect(scored.fixed, name, "low-random_high-1_v10");
  }
  expect(scores[0].average.from_baseline, "avg_score", "from_baseline");
  expect(scores[0].average.from_replicate, "avg_score", "from_replicate");
  expect(scores[0].average.fixed, "avg_score", "low-random_high-1_v10");
}

INSTANTIATE_TEST_SUITE_P(EveryPreset, GoldenEnds,
                         ::testing::Values(std::pair{"full", "v2"},
                                           std::pair{"vcc2026", "vcc2026"}),
                         [](const auto& tested) { return tested.param.second; });

class EndsOfSmallScreen : public ::testing::TestWithParam<const char*> {
 protected:
  EndsOfSmallScreen() {
    for (const auto& [name, draw] : {std::pair{"real", 1}, std::pair{"a", 2}}) {
      auto screen = make_small_screen({.draw = static_cast<std::uint64_t>(draw), .contexts = 2});
      if (GetParam() == std::string("lognorm")) screen.to_lognorm();
      write_screen(folder.file(name), screen);
    }
    config.real = folder.file("real");
    config.predictions = {{.path = folder.file("a")}};
    config.context_col = "line";
    config.profile = "full";
    config.ends = "all";
    config.cache = folder.file("cache");
    if (GetParam() == std::string("lognorm")) config.input_type = InputType::kLognorm;
  }
  // Everything but the times.
  [[nodiscard]] static std::string text(const Report& report) {
    return ends_csv(report) + scored_csv(report.predictions.front()) + leaderboard_csv(report) +
           results_csv(report.baselines.at(0));
  }

  ScratchFolder folder;
  RunConfig config;
};

TEST_P(EndsOfSmallScreen, ComeFromTheCacheAsTheyWereMade) {
  const auto made = run(config);
  EXPECT_EQ(made.baselines.size(), 6U);
  EXPECT_EQ(made.replicate.size(), 2U);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(config.cache)) {
    ++files;
  }
  EXPECT_EQ(files, 16U);  // eight ends of two contexts
  EXPECT_EQ(text(run(config)), text(made));
  // What is kept is what is read: a number changed in the files shows.
  for (const auto& file : std::filesystem::directory_iterator(config.cache)) {
    auto json = Json::parse(std::ifstream(file.path()));
    for (auto& [name, metric] : json.at("metrics").items()) {
      if (metric.contains("scores") && !metric["scores"].empty()) metric["scores"][0][0] = 0.125;
    }
    std::ofstream(file.path()) << json.dump();
  }
  EXPECT_TRUE(text(run(config)) != text(made));
  // Damage is as nothing there.
  for (const auto& file : std::filesystem::directory_iterator(config.cache)) {
    std::ofstream(file.path()) << "{\"key\":";
  }
  EXPECT_EQ(text(run(config)), text(made));
  config.cache = "none";
  EXPECT_EQ(text(run(config)), text(made));
}

TEST_P(EndsOfSmallScreen, AreMadeAnewUnderOtherConventions) {
  (void)run(config);
  config.settings = {"de.p_adj_threshold=0.2"};
  const auto other = run(config);
  config.cache = "none";
  EXPECT_EQ(text(run(config)), text(other));
}

TEST_P(EndsOfSmallScreen, AreTheSameOnAnyNumberOfThreadsAndInBatches) {
  config.cache = "none";
  const auto made = text(run(config));
  for (const int threads : {1, 7}) {
    const ThreadLimit limit(threads);
    EXPECT_EQ(text(run(config)), made) << threads;
  }
}

INSTANTIATE_TEST_SUITE_P(EachInput, EndsOfSmallScreen, ::testing::Values("counts", "lognorm"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST(EndNames, TakesWhatItKnows) {
  EXPECT_TRUE(end_names("auto", {}).replicate);
  EXPECT_EQ(end_names("auto", {}).baselines.size(), 4U);
  EXPECT_EQ(end_names("all", {}).baselines.size(), 6U);
  Conventions cell_eval;
  cell_eval.scale.zero = ZeroEnd::kMeanProfile;
  EXPECT_EQ(end_names("auto", cell_eval).baselines.back(), "mean_profile");
  EXPECT_TRUE(end_names("none", {}).baselines.empty());
  EXPECT_FALSE(end_names("none", {}).replicate);
  const auto two = end_names("no_change,replicate", {});
  EXPECT_EQ(two.baselines, std::vector<std::string>{"no_change"});
  EXPECT_TRUE(two.replicate);
  EXPECT_THROW((void)end_names("no_change,", {}), Error);
  EXPECT_THROW((void)end_names("mean", {}), Error);
}

}  // namespace
}  // namespace cupel::test
