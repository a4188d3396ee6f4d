// Vectors S01 to S08: from scores to aggregates, and from aggregates to a scale.
#include <cmath>

#include "scale/fixed_scale.hpp"
#include "scale/reliability.hpp"
#include "scale/score_policy.hpp"
#include "stats/aggregate.hpp"
#include "support/de_case.hpp"
#include "support/test_device.hpp"
#include "vectors/vectors.hpp"

namespace cupel::test {
namespace {

std::vector<Score> scores_of(const Json& values) {
  std::vector<Score> scores;
  for (const double value : numbers(values)) {
    scores.push_back(std::isnan(value) ? Score::undefined("no value") : Score::of(value));
  }
  return scores;
}

TEST(VectorS01, NanIsSkippedOrPropagates) {
  const Json& v = vector("S01");
  const auto scores = scores_of(v.at("inputs").at("values"));
  const Aggregate a = aggregate(scores, NanInMean::kSkip);
  const Json& expected = v.at("expected").at("v2");
  EXPECT_EQ(a.count, expected.at("count"));
  EXPECT_EQ(a.missing, expected.at("null_count"));
  expect_near(a.mean, expected.at("mean"), v.at("tol"), "mean");
  expect_near(a.standard_deviation, expected.at("std"), v.at("tol"), "std");
  expect_near(a.least, expected.at("min"), v.at("tol"), "min");
  expect_near(a.greatest, expected.at("max"), v.at("tol"), "max");
  expect_near(a.median, expected.at("median"), v.at("tol"), "median");
  EXPECT_TRUE(std::isnan(aggregate(scores, NanInMean::kPropagate).mean));
}

TEST(VectorS02, EveryPolicyOfTheCatalogue) {
  const Json& v = vector("S02");
  const std::vector<std::pair<std::string, ScoringClass>> classes{
      {"ERROR_LINEAR", ScoringClass::kErrorLinear},
      {"ERROR", ScoringClass::kError},
      {"BOUNDED", ScoringClass::kBounded},
      {"UNFLOORED", ScoringClass::kUnfloored},
      {"capped_norm", ScoringClass::kCappedNorm},
      {"anchorless", ScoringClass::kOpen},
      {"signed", ScoringClass::kSigned}};
  for (const Json& entry : v.at("inputs").at("cases")) {
    const auto name = entry.at(0).get<std::string>();
    const auto of_name = std::ranges::find_if(
        classes, [&](const auto& known) { return name.starts_with(known.first); });
    ASSERT_NE(of_name, classes.end()) << name;
    const Score score =
        score_one(number(entry.at(1)), number(entry.at(2)), *policy_of(of_name->second));
    expect_near(score.value, v.at("expected").at(name), v.at("tol"), name);
  }
}

// The vectors write the competition's members without their prefix.
std::string full_name(const std::string& name) {
  return name.starts_with("pds") || name.starts_with("expr") ? name : "de_wilcoxon_" + name;
}

TEST(VectorS03, ReplicateTakesTheAnchorsPlace) {
  const Json& v = vector("S03");
  std::vector<Score> scores;
  for (const auto& [name, numbers_of] : v.at("inputs").at("u_b_r").items()) {
    const Metric& metric = find_metric(full_name(name));
    scores.push_back(score_from_replicate(numbers_of.at(0), numbers_of.at(1), numbers_of.at(2),
                                          *policy_of(metric.scoring)));
    expect_near(scores.back().value, v.at("expected").at(name), v.at("tol"), name);
  }
  expect_near(average_score(scores), v.at("expected").at("avg_score"), v.at("tol"), "avg_score");
}

TEST(VectorS04, FixedScaleHasItsOwnZeros) {
  const Json& v = vector("S04");
  std::vector<Score> scores;
  for (const FixedScaleEntry& entry : fixed_scale()) {
    const std::string name(entry.metric);
    EXPECT_NO_THROW(static_cast<void>(find_metric(name)));
    scores.push_back(score_one(v.at("inputs").at("values").at(name), entry.base, entry.policy));
    expect_near(scores.back().value, v.at("expected").at(name), v.at("tol"), name);
  }
  EXPECT_EQ(scores.size(), v.at("inputs").at("values").size());
  expect_near(average_score(scores), v.at("expected").at("avg_score"), v.at("tol"), "avg_score");
}

TEST(VectorS05, FirstScorerClipsAtZeroAndReadsNanAsZero) {
  const Json& v = vector("S05");
  std::vector<Score> scores;
  for (const auto& [name, user] : v.at("inputs").at("user").items()) {
    const bool higher = find_metric(name).better == Better::kHigher;
    scores.push_back(
        Score::of(score_v1(number(user), number(v.at("inputs").at("base").at(name)), higher)));
    expect_near(scores.back().value, v.at("expected").at(name), v.at("tol"), name);
  }
  expect_near(average_score(scores), v.at("expected").at("avg_score"), v.at("tol"), "avg_score");
}

TEST(VectorS06, CeilingCorrectsForHalfTheCells) {
  const Json& v = vector("S06");
  for (std::size_t i = 0; i < v.at("expected").size(); ++i) {
    expect_near(full_length_reliability(v.at("inputs").at("split_half").at(i)),
                v.at("expected").at(i), v.at("tol"), "ceiling");
  }
}

TEST(VectorS07, AnchorOverFiveSplits) {
  const Json& v = vector("S07");
  const ReplicateAnchor anchor = replicate_anchor(numbers(v.at("inputs").at("values")));
  const Json& expected = v.at("expected");
  expect_near(anchor.mean, expected.at("replicate"), v.at("tol"), "replicate");
  expect_near(anchor.standard_deviation, expected.at("replicate_sd"), v.at("tol"), "replicate_sd");
  expect_near(anchor.least, expected.at("replicate_min"), v.at("tol"), "replicate_min");
  expect_near(anchor.greatest, expected.at("replicate_max"), v.at("tol"), "replicate_max");
}

TEST(VectorS08, HalvesEnterOnlyTheNumeratorOfTheFoldChangeReference) {
  const Json& v = vector("S08");
  const auto table = [&](const char* column) {
    const auto lfc = numbers(v.at("inputs").at(column));
    return one_target({lfc, std::vector<double>(lfc.size(), 0.01)});
  };
  const auto whole = table("full_lfc_gate");
  const auto a = table("half_a");
  const auto b = table("half_b");
  const std::vector<std::int32_t> own{-1};
  const auto backend = make_test_backend();
  const double raw = replicate_lfc_nmae(whole, a, b, own, {}, *backend)[0].value;
  expect_near(raw, v.at("expected").at("raw"), v.at("tol"), "raw");
  expect_near(raw / std::sqrt(2.0), v.at("expected").at("sqrt2"), v.at("tol"), "sqrt2");
}

}  // namespace
}  // namespace cupel::test
