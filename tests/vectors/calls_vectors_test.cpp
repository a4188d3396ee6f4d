// Vectors M01 to M18: calls of differential expression.
#include <fmt/format.h>

#include <algorithm>

#include "stats/auc_score.hpp"
#include "support/de_case.hpp"
#include "support/test_device.hpp"
#include "vectors/vectors.hpp"

namespace cupel::test {
namespace {

DeTable t1_side(const char* side) {
  std::vector<DeRow> rows;
  std::vector<std::string> targets;
  std::vector<std::string> features;
  for (const Json& row : vector_table("T1").at(side)) {
    rows.push_back({row.at(0), row.at(1), number(row.at(2)), number(row.at(3)), number(row.at(4))});
    if (!std::ranges::count(targets, rows.back().target)) targets.push_back(rows.back().target);
    if (!std::ranges::count(features, rows.back().feature)) features.push_back(rows.back().feature);
  }
  return make_table(targets, features, rows);
}

DeCase t1(Conventions conventions = {}) {
  return DeCase(t1_side("real"), t1_side("pred"), std::move(conventions));
}

Conventions v1_fill() {
  Conventions conventions;
  conventions.aggregation.fill = FillRule::kNone;
  return conventions;
}

// `expected` holds a number, or "absent", for each perturbation.
void expect_scores(const DeCase& de, const std::string& metric, const Json& expected,
                   const Json& tolerance) {
  const auto scores = de.scores(metric);
  ASSERT_EQ(scores.size(), expected.size()) << metric;
  for (std::size_t p = 0; p < scores.size(); ++p) {
    const Json& wanted = expected.at(de.targets()[p]);
    const std::string what = metric + " of " + de.targets()[p];
    EXPECT_EQ(scores[p].absent, wanted == "absent") << what;
    if (wanted != "absent") expect_near(scores[p].value, wanted, tolerance, what);
  }
}

TEST(VectorM01, CountsCalledGenesWithTheOwnGene) {
  const Json& v = vector("M01");
  for (const auto& [metric, expected] : v.at("expected").items()) {
    expect_scores(t1(), metric, expected, v.at("tol"));
  }
}

TEST(VectorM02, CutsBothRankedListsAtOneDepth) {
  const Json& v = vector("M02");
  const auto de = t1();
  const auto backend = make_test_backend();
  for (const auto& [name, expected] : v.at("expected").items()) {
    // The vector also asks for depth 3, which no registered metric has.
    Metric metric = find_metric(name.starts_with("overlap") ? "overlap_at_N" : "precision_at_N");
    if (name.ends_with("_3")) metric.k = 3;
    if (name.ends_with("_50")) metric = find_metric(name);
    const auto scores = metric.compute(de.as_case(), metric, *backend);
    for (std::size_t p = 0; p < scores.size(); ++p) {
      expect_near(scores[p].value, expected.at(de.targets()[p]), v.at("tol"), name);
    }
  }
}

TEST(VectorM03, CorrelatesCountsOfPerturbationsWithTrueCalls) {
  const Json& v = vector("M03");
  expect_scores(t1(), "de_wilcoxon_nsig_spearman", v.at("expected"), v.at("tol"));
}

// A table in which target i calls counts[i] genes.
DeTable table_with_counts(const std::vector<double>& counts) {
  std::vector<std::string> targets;
  std::vector<DeRow> rows;
  const std::vector<std::string> features{"g0", "g1", "g2", "g3", "g4", "g5"};
  for (std::size_t t = 0; t < counts.size(); ++t) {
    targets.push_back(fmt::format("t{}", t));
    for (std::size_t g = 0; g < features.size(); ++g) {
      rows.push_back({targets.back(), features[g], 1.0, 0.01,
                      static_cast<double>(g) < counts[t] ? 0.01 : 0.5});
    }
  }
  return make_table(targets, features, rows);
}

TEST(VectorM04, CountsThatDoNotVaryHaveNoCorrelation) {
  const Json& v = vector("M04");
  const auto real = numbers(v.at("inputs").at("real_counts"));
  const auto pred = numbers(v.at("inputs").at("pred_counts"));
  const char* metric = "de_wilcoxon_nsig_spearman";
  const DeCase v1(table_with_counts(real), table_with_counts(pred), v1_fill());
  const DeCase v2(table_with_counts(real), table_with_counts(pred));
  const DeCase silent(table_with_counts({0, 0, 0}), table_with_counts(pred));
  const Json& expected = v.at("expected");
  expect_near(v1.scores(metric)[0].value, expected.at("v1"), v.at("tol"), "v1");
  expect_near(v2.scores(metric)[0].value, expected.at("v2"), v.at("tol"), "v2");
  expect_near(silent.scores(metric)[0].value,
              expected.at("no perturbation has a real significant gene (v1 and v2)"), v.at("tol"),
              "no true calls");
}

TEST(VectorM05, RecallIsFilledOrLeftOutWithoutTrueCalls) {
  const Json& v = vector("M05");
  expect_scores(t1(), "de_wilcoxon_sig_recall", v.at("expected").at("v2"), v.at("tol"));
  expect_scores(t1(v1_fill()), "de_wilcoxon_sig_recall", v.at("expected").at("v1"), v.at("tol"));
}

TEST(VectorM06, DirectionMatchesCountAPredictedZeroAsAMiss) {
  const Json& v = vector("M06");
  for (const auto& [name, expected] : v.at("expected").items()) {
    const bool v1 = name.ends_with("(v1)");
    expect_scores(t1(v1 ? v1_fill() : Conventions{}), v1 ? "de_wilcoxon_direction_match" : name,
                  expected, v.at("tol"));
  }
}

TEST(VectorM07, DirectionPrecisionKeepsTheOwnGene) {
  const Json& v = vector("M07");
  expect_scores(t1(), "de_wilcoxon_direction_precision", v.at("expected"), v.at("tol"));
}

TEST(VectorM08, SensitivityWalksTheCurveOfMostConfidentCalls) {
  const Json& v = vector("M08");
  const auto de = t1();
  for (const char* name : {"direction_sensitivity", "direction_sensitivity_universe"}) {
    expect_scores(de, std::string("de_wilcoxon_") + name, v.at("expected").at(name), v.at("tol"));
  }
  const auto curve = de.comparison().purity_curve(CurvePool::kRealCalls, 0);
  const Json& expected = v.at("expected").at("GA_curve_adjudicated");
  ASSERT_EQ(curve.size(), expected.size());
  std::int64_t matches = 0;
  const DeTable table = t1_side("real");
  for (std::size_t k = 0; k < curve.size(); ++k) {
    matches += curve[k].match ? 1 : 0;
    EXPECT_EQ(table.features[static_cast<std::size_t>(curve[k].feature)], expected.at(k).at(0));
    EXPECT_EQ(k + 1, expected.at(k).at(1));
    EXPECT_EQ(matches, expected.at(k).at(2));
  }
}

TEST(VectorM09, FoldChangeRanksAreComparedOverTrueCalls) {
  const Json& v = vector("M09");
  for (const auto& [name, expected] : v.at("expected").items()) {
    expect_scores(t1(), "de_wilcoxon_" + name, expected, v.at("tol"));
  }
}

TEST(VectorM10, FoldChangeErrorLeavesOutSmallGates) {
  const Json& v = vector("M10");
  expect_scores(t1(), "de_wilcoxon_lfc_nmae", v.at("expected"), v.at("tol"));
}

TEST(VectorM11, FoldChangeErrorReadsNonFiniteAndMissingPredictionsAsZero) {
  const Json& v = vector("M11");
  const auto real_lfc = numbers(v.at("inputs").at("real_lfc_gate"));
  std::vector<DeRow> real;
  std::vector<DeRow> pred;
  std::vector<std::string> features;
  for (std::size_t g = 0; g < real_lfc.size(); ++g) {
    features.push_back(fmt::format("g{}", g));
    real.push_back({"p", features.back(), real_lfc[g], 0.001, 0.01});
    const Json& value = v.at("inputs").at("pred_lfc").at(g);
    if (!value.is_null()) pred.push_back({"p", features.back(), number(value), 0.001, 0.01});
  }
  const DeCase de(make_table({"p"}, features, real), make_table({"p"}, features, pred));
  expect_near(de.scores("de_wilcoxon_lfc_nmae")[0].value, v.at("expected"), v.at("tol"), "nmae");
}

TEST(VectorM12, JaccardOfTwoEmptySetsIsOne) {
  const Json& v = vector("M12");
  expect_scores(t1(), "de_wilcoxon_sig_jaccard", v.at("expected"), v.at("tol"));
}

TEST(VectorM13, AreasNeedBothClasses) {
  const Json& v = vector("M13");
  for (const char* name : {"pr_auc", "roc_auc"}) {
    const std::string metric = std::string("de_wilcoxon_") + name;
    expect_scores(t1(), metric, v.at("expected").at(name), v.at("tol"));
    const auto v1 = t1(v1_fill()).scores(metric);
    EXPECT_TRUE(std::isnan(v1[2].value)) << "v1 leaves a single class undefined";
    EXPECT_FALSE(v1[2].absent);
  }
}

TEST(VectorM14, RulesForZeroPValuesRankDifferently) {
  const Json& v = vector("M14");
  const auto p_adj = numbers(v.at("inputs").at("pred_p_adj"));
  DeColumns real{std::vector<double>(p_adj.size(), 1.0), {}};
  for (const double label : numbers(v.at("inputs").at("labels"))) {
    real.p_adj.push_back(label == 1.0 ? 0.01 : 0.5);
  }
  const std::vector<std::pair<std::string, AucFloor>> rules{
      {"clip", AucFloor::kClip},
      {"replace_zero", AucFloor::kReplaceZero},
      {"min_nonzero", AucFloor::kMinNonzero}};
  for (const auto& [name, rule] : rules) {
    const Json& expected = v.at("expected").at(name);
    Conventions conventions;
    conventions.de.auc_floor = rule;
    for (std::size_t g = 0; g < p_adj.size(); ++g) {
      expect_near(auc_score(p_adj[g], conventions.de, 1e-50), expected.at("scores").at(g),
                  v.at("tol"), name);
    }
    const DeCase de(one_target(real), one_target({real.log2_fold_change, p_adj}), conventions);
    for (const char* area : {"pr_auc", "roc_auc"}) {
      expect_near(de.scores(std::string("de_wilcoxon_") + area)[0].value, expected.at(area),
                  v.at("tol"), name + " " + area);
    }
  }
}

TEST(VectorM15, AgreementBeyondChanceIsMinusOneWhereItMeansNothing) {
  const Json& v = vector("M15");
  for (const auto& [name, expected] : v.at("expected").items()) {
    expect_scores(t1(), "de_wilcoxon_" + name, expected, v.at("tol"));
  }
}

TEST(VectorM16, ElevenReadingsOfOneComparisonOfDirections) {
  const Json& v = vector("M16");
  const auto de = t1();
  for (std::size_t p = 0; p < de.targets().size(); ++p) {
    for (const auto& [name, expected] : v.at("expected").at(de.targets()[p]).items()) {
      const auto& counts = de.comparison().direction(static_cast<std::int64_t>(p));
      const std::string what = name + " of " + de.targets()[p];
      if (name == "n_conf") {
        EXPECT_EQ(counts.n_conf, expected) << what;
      } else if (name == "n_pred") {
        EXPECT_EQ(counts.n_pred, expected) << what;
      } else if (name == "k") {
        EXPECT_EQ(counts.matches, expected) << what;
      } else if (name == "q") {
        expect_near(counts.majority, expected == "null" ? Json("NaN") : expected, v.at("tol"),
                    what);
      } else {
        const Score score = de.scores("de_wilcoxon_" + name)[p];
        EXPECT_FALSE(score.absent) << what;
        expect_near(score.value, expected, v.at("tol"), what);
      }
    }
  }
}

TEST(VectorM17, ReachIsTheDeepestPrefixNotTheFirstFailure) {
  const Json& v = vector("M17");
  for (const auto& [name, sequence] : v.at("inputs").at("match_sequences").items()) {
    // As confident as early in the list; the truth calls every gene upwards.
    DeColumns real;
    DeColumns pred;
    for (const Json& match : sequence) {
      real.log2_fold_change.push_back(1.0);
      real.p_adj.push_back(0.01);
      pred.log2_fold_change.push_back(match == 1 ? 1.0 : -1.0);
      pred.p_adj.push_back(1e-4 * static_cast<double>(pred.p_adj.size() + 1));
    }
    const DeCase de(one_target(real), one_target(pred));
    expect_near(de.scores("de_wilcoxon_direction_reach_raw")[0].value, v.at("expected").at(name),
                v.at("tol"), name);
  }
}

// Against a prediction that leaves no doubt of the order, every depth of the two lists is the same.
TEST(VectorM18, EqualFoldChangesKeepTheTablesOrder) {
  const Json& v = vector("M18");
  const auto abs_lfc = numbers(v.at("inputs").at("abs_lfc"));
  const auto features = v.at("inputs").at("features_in_row_order").get<std::vector<std::string>>();
  const auto expected = v.at("expected").get<std::vector<std::string>>();
  std::vector<DeRow> real;
  std::vector<DeRow> pred;
  for (std::size_t g = 0; g < features.size(); ++g) {
    real.push_back({"p", features[g], abs_lfc[g], 0.001, 0.01});
    pred.push_back({"p", expected[g], 100.0 - static_cast<double>(g), 0.001, 0.01});
  }
  const DeCase de(make_table({"p"}, features, real), make_table({"p"}, features, pred));
  for (std::int32_t k = 1; k <= static_cast<std::int32_t>(features.size()); ++k) {
    EXPECT_EQ(de.comparison().common_calls(k).at(0).at_real_depth, k);
  }
}

}  // namespace
}  // namespace cupel::test
