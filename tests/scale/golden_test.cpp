// Scores between recorded baselines and anchors, against what the reference made of the same
// numbers (tests/golden/runs/scoring_*.json).
#include <cmath>
#include <fstream>

#include "scale/fixed_scale.hpp"
#include "scale/reliability.hpp"
#include "scale/score_policy.hpp"
#include "vectors/vectors.hpp"
#include "support/paths.hpp"

namespace cupel::test {
namespace {

class GoldenScores : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::ifstream file(source_path("tests/golden/runs/scoring_") + GetParam() + ".json");
    golden = Json::parse(file);
    for (const Json& row : golden.at("anchor")) replicate[row.at("metric")] = row;
    for (const Json& row : golden.at("scored")) {
      scored[row.at("metric")] = row;
    }
  }

  [[nodiscard]] double user(const std::string& metric) const {
    return number(golden.at("aggregate").at(metric).at("mean"));
  }
  [[nodiscard]] double baseline(const std::string& metric) const {
    return number(golden.at("baseline_dispersed").at(metric).at("mean"));
  }
  // The reference's column for a metric; null where it has none.
  void expect_score(const Score& score, const std::string& metric, const char* column) const {
    const Json& wanted = scored.at(metric).at(column);
    if (wanted.is_null()) {
      EXPECT_TRUE(std::isnan(score.value)) << metric << " " << column;
    } else {
      EXPECT_NEAR(score.value, number(wanted), 1e-12) << metric << " " << column;
    }
  }

  Json golden;
  std::map<std::string, Json> replicate;
  std::map<std::string, Json> scored;
};

TEST_P(GoldenScores, FromTheBaselineAndFromTheReplicate) {
  std::vector<Score> from_baseline;
  std::vector<Score> from_replicate;
  for (const auto& [metric, row] : scored) {
    if (metric == "avg_score") continue;
    const ScorePolicy policy = *policy_of(find_metric(metric).scoring);
    from_baseline.push_back(score_one(user(metric), baseline(metric), policy));
    expect_score(from_baseline.back(), metric, "from_baseline");
    from_replicate.push_back(score_from_replicate(
        user(metric), baseline(metric), number(replicate.at(metric).at("replicate")), policy));
    expect_score(from_replicate.back(), metric, "from_replicate");
  }
  expect_score(Score::of(average_score(from_baseline)), "avg_score", "from_baseline");
  expect_score(Score::of(average_score(from_replicate)), "avg_score", "from_replicate");
}

TEST_P(GoldenScores, OnTheFixedScaleAndFromTheFoldChangeReference) {
  std::vector<Score> fixed;
  for (const FixedScaleEntry& entry : fixed_scale()) {
    const std::string metric(entry.metric);
    fixed.push_back(score_one(user(metric), entry.base, entry.policy));
    expect_score(fixed.back(), metric, "low-random_high-1_v10");
  }
  expect_score(Score::of(average_score(fixed)), "avg_score", "low-random_high-1_v10");
  const char* nmae = "de_wilcoxon_lfc_nmae";
  const double reference =
      number(golden.at("lfc_nmae_reference_aggregate").at(0).at("nmae_ref_raw"));
  expect_score(Score::of(score_from_reference(user(nmae), reference)), nmae, "from_reference");
}

TEST_P(GoldenScores, AnchorsSummariseTheirSplits) {
  for (const auto& [metric, row] : replicate) {
    const ReplicateAnchor anchor =
        replicate_anchor(numbers(golden.at("anchor_splits").at(metric).at("value")));
    const auto expect = [&](double value, const char* column) {
      EXPECT_NEAR(value, number(row.at(column)), 1e-12) << metric << " " << column;
    };
    expect(anchor.mean, "replicate");
    expect(anchor.standard_deviation, "replicate_sd");
    expect(anchor.least, "replicate_min");
    expect(anchor.greatest, "replicate_max");
  }
}

INSTANTIATE_TEST_SUITE_P(EveryPreset, GoldenScores, ::testing::Values("vcc2026", "v2"),
                         [](const auto& preset) { return preset.param; });

}  // namespace
}  // namespace cupel::test
