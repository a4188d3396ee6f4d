#include "scale/score_policy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <map>

#include "support/paths.hpp"
#include "vectors/vectors.hpp"

namespace cupel::test {
namespace {

Json recorded() {
  std::ifstream file(source_path("tests/scale/score_one.json"));
  return Json::parse(file);
}

// make_score_one.py beside this file: every policy over a grid of numbers, degenerate baselines and
// replicates in the anchor's place among them.
TEST(ScoreOne, IsTheReferencesForEveryPolicy) {
  const std::map<std::string, ScoringClass> classes{{"kError", ScoringClass::kError},
                                                    {"kErrorLinear", ScoringClass::kErrorLinear},
                                                    {"kBounded", ScoringClass::kBounded},
                                                    {"kUnfloored", ScoringClass::kUnfloored},
                                                    {"kOpen", ScoringClass::kOpen},
                                                    {"kSigned", ScoringClass::kSigned},
                                                    {"kCappedNorm", ScoringClass::kCappedNorm}};
  const Json file = recorded();
  const auto users = numbers(file.at("user"));
  ASSERT_EQ(file.at("cases").size(), 315U);
  for (const Json& entry : file.at("cases")) {
    const ScorePolicy policy = *policy_of(classes.at(entry.at(0)));
    const double baseline = number(entry.at(2));
    for (std::size_t i = 0; i < users.size(); ++i) {
      const Score score = entry.at(1).is_null()
                              ? score_one(users[i], baseline, policy)
                              : score_from_replicate(users[i], baseline, entry.at(1), policy);
      const std::string what = entry.dump().substr(0, 60) + " " + std::to_string(users[i]);
      if (entry.at(3).empty()) {  // the reference refuses the baseline
        EXPECT_TRUE(std::isnan(score.value)) << what;
        EXPECT_FALSE(score.undefined_because.empty()) << what;
      } else {
        expect_near(score.value, entry.at(3).at(i), 1e-12, what);
      }
    }
  }
}

TEST(ScorePolicy, IsDecisiveForTheReferencesMetrics) {
  std::vector<std::string> decisive;
  for (const Metric& metric : all_metrics()) {
    if ((metric.needs & kNeedsWeights) != 0) continue;  // not the reference's
    if (is_decisive(metric)) decisive.emplace_back(metric.name);
  }
  std::erase(decisive, "pearson_edistance");  // cell-eval2 knows the name and nothing more
  std::ranges::sort(decisive);
  EXPECT_EQ(Json(decisive), recorded().at("decisive"));
}

TEST(ScorePolicy, LeavesDiagnosticsOut) {
  EXPECT_FALSE(policy_of(ScoringClass::kDiagnostic).has_value());
  const auto scored = std::ranges::count_if(
      all_metrics(), [](const Metric& metric) { return policy_of(metric.scoring).has_value(); });
  EXPECT_EQ(scored, 49 + 3);
}

TEST(ScoreV1, MayLeaveInfinityWhereTheBaselineIsPerfect) {
  EXPECT_EQ(score_v1(0.5, 1.0, true), 0.0);  // -inf, but never below 0
  EXPECT_EQ(score_v1(1.0, 1.0, true), 0.0);  // 0 / 0
  EXPECT_EQ(score_v1(1.5, 1.0, true), std::numeric_limits<double>::infinity());
}

TEST(AverageScore, IsOverDefinedScoresAndNanWithoutAny) {
  const std::vector<Score> some{Score::of(1.0), Score::undefined("no room"), Score::of(0.0)};
  EXPECT_EQ(average_score(some), 0.5);
  EXPECT_TRUE(std::isnan(average_score(std::vector<Score>{})));
}

}  // namespace
}  // namespace cupel::test
