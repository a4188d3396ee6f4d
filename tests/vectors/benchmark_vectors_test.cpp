// Vectors C, E, K and M, R07, S13 and S14 of the benchmarks: what judges predictions and metrics.
#include <cmath>
#include <map>

#include "quality/calibration.hpp"
#include "quality/concordance.hpp"
#include "quality/correlation.hpp"
#include "quality/diversity.hpp"
#include "quality/duplicates.hpp"
#include "quality/e_test.hpp"
#include "quality/gene_weights.hpp"
#include "quality/method_table.hpp"
#include "quality/noise_ceiling.hpp"
#include "quality/partial_correlation.hpp"
#include "quality/phenotype.hpp"
#include "quality/pointwise_error.hpp"
#include "quality/reference_profiles.hpp"
#include "quality/shift_curve.hpp"
#include "quality/similarity.hpp"
#include "quality/strata.hpp"
#include "uncertainty/kendall.hpp"
#include "uncertainty/multiple_tests.hpp"
#include "vectors/vectors.hpp"

namespace cupel::test {
namespace {

using namespace cupel::quality;

// A vector by its parts.
struct VectorCase {
  explicit VectorCase(const std::string& id)
      : inputs(benchmark_vector(id).at("inputs")),
        expected(benchmark_vector(id).at("expected")),
        tolerance(benchmark_vector(id).at("tol")) {}

  [[nodiscard]] std::vector<double> values(const char* name) const {
    return numbers(inputs.at(name));
  }
  void expect(double actual, const char* name) const {
    expect_near(actual, expected.at(name), tolerance, name);
  }
  void expect(const Score& actual, const char* name) const {
    expect(actual.value, name);
    EXPECT_TRUE(!std::isnan(actual.value) || !actual.defined()) << name << " lacks a reason";
  }
  void expect_list(const std::vector<double>& actual, const Json& wanted) const {
    ASSERT_EQ(actual.size(), wanted.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
      expect_near(actual[i], wanted.at(i), tolerance, "item " + std::to_string(i));
    }
  }
  void expect_list(const std::vector<Score>& actual, const Json& wanted) const {
    expect_list(values_of(actual), wanted);
    for (const Score& score : actual) EXPECT_TRUE(!std::isnan(score.value) || !score.defined());
  }

  const Json& inputs;
  const Json& expected;
  const Json& tolerance;
};

MatrixView<const double> as_row(const std::vector<double>& values) {
  return {values.data(), 1, std::ssize(values), Space::kHost};
}

TEST(BenchmarkC01, PearsonOfEffectsRelativeToTheControl) {
  const VectorCase c("C01");
  const auto pred = c.values("pred");
  const auto truth = c.values("truth");
  const auto control = c.values("control_mean");
  c.expect_list(effect_pearson({as_row(pred), as_row(truth), as_row(control)}),
                Json::array({c.expected}));
}

TEST(BenchmarkC02, ReferenceProfilesWeighPerturbationsOrCells) {
  const VectorCase c("C02");
  std::vector<double> means;
  std::vector<std::int64_t> cells;
  for (const char* name : {"A", "B"}) {
    const auto group = matrix(c.inputs.at("train_cells").at(name));
    const auto mean = centroid_mean(group.view());
    means.insert(means.end(), mean.begin(), mean.end());
    cells.push_back(group.rows());
  }
  const MatrixView<const double> view{means.data(), 2, 4, Space::kHost};
  c.expect_list(centroid_mean(view), c.expected.at("O_pert_centroid_mean"));
  c.expect_list(cell_weighted_mean(view, cells), c.expected.at("nonctl_mean_cell_weighted"));
}

TEST(BenchmarkC03, PearsonOfEffectsRelativeToThePerturbedMean) {
  const VectorCase c("C03");
  const auto pred = c.values("pred");
  const auto truth = c.values("truth");
  const auto reference = c.values("O_pert");
  c.expect_list(effect_pearson({as_row(pred), as_row(truth), as_row(reference)}),
                Json::array({c.expected}));
}

TEST(BenchmarkC04, TheMeanBaselineHasNoEffectAboutTheMean) {
  const VectorCase c("C04");
  const auto pred = c.values("pred");
  const auto truth = c.values("truth");
  const auto reference = c.values("O_pert");
  const auto score = effect_pearson({as_row(pred), as_row(truth), as_row(reference)}).front();
  c.expect(score, "raw");
  EXPECT_FALSE(score.defined());
}

TEST(BenchmarkC05, PearsonOfEffectsOverChosenGenes) {
  const VectorCase c("C05");
  const auto genes = c.inputs.at("gene_idx").get<std::vector<std::int32_t>>();
  const auto control = c.values("control_mean");
  const Score score = pearson(at_genes(minus(c.values("pred"), control), genes),
                              at_genes(minus(c.values("truth"), control), genes));
  expect_near(score.value, c.expected, c.tolerance, "pearson");
}

TEST(BenchmarkC06, CosineOfLogFoldChanges) {
  const VectorCase c("C06");
  const auto control = c.values("control_mean");
  const auto truth = log2_ratio(c.values("truth_mean"), control);
  const auto pred = log2_ratio(c.values("pred_mean"), control);
  c.expect_list(truth, c.expected.at("lfc_truth"));
  c.expect_list(pred, c.expected.at("lfc_pred"));
  c.expect(cosine(truth, pred), "cosine");
}

TEST(BenchmarkC07, CosineOfNoChangeIsUndefined) {
  const VectorCase c("C07");
  const auto control = c.values("control_mean");
  const Score score = cosine(log2_ratio(c.values("truth_mean"), control),
                             log2_ratio(c.values("pred_mean"), control));
  expect_near(score.value, c.expected, c.tolerance, "cosine");
  EXPECT_FALSE(score.defined());
}

TEST(BenchmarkC08, RSquaredDependsOnTheOrderOfItsArguments) {
  const VectorCase c("C08");
  c.expect(r_squared(c.values("truth"), c.values("pred")), "r2_true_pred");
  c.expect(r_squared(c.values("pred"), c.values("truth")), "r2_swapped");
}

TEST(BenchmarkC09, WeightedRSquaredOfEffects) {
  const VectorCase c("C09");
  const auto pred = c.values("pred");
  const auto truth = c.values("truth");
  const auto reference = c.values("reference");
  const auto weights = de_weights(c.values("de_score"), 2.0).weight;
  c.expect_list(effect_r_squared({as_row(pred), as_row(truth), as_row(reference), as_row(weights)}),
                Json::array({c.expected}));
}

TEST(BenchmarkC10, RSquaredOfAConstantTruthIsARule) {
  const VectorCase c("C10");
  const Score equal = r_squared(c.values("truth"), c.values("pred_equal"));
  const Score different = r_squared(c.values("truth"), c.values("pred_diff"));
  c.expect(equal.value, "equal");
  c.expect(different.value, "different");
  EXPECT_FALSE(equal.undefined_because.empty()) << "says that it is a rule";
  EXPECT_FALSE(different.undefined_because.empty());
}

TEST(BenchmarkC11, WeightedPearson) {
  const VectorCase c("C11");
  const Score score = pearson(c.values("pred_delta"), c.values("truth_delta"), c.values("weights"));
  expect_near(score.value, c.expected, c.tolerance, "pearson");
}

TEST(BenchmarkC12, SpearmanAndKendallWithTies) {
  const VectorCase c("C12");
  const auto x = c.values("x");
  const auto y = c.values("y");
  c.expect(rank_correlation(x, y), "spearman");
  const Score tau = kendall_tau_b(x, y);
  c.expect(tau, "kendall_tau_b");
  c.expect(kendall_distance(tau.value, 5), "pertpy_kendalltau_distance");
}

TEST(BenchmarkC13, ConcordanceOfEffectSizes) {
  const VectorCase c("C13");
  const auto result =
      strength_concordance(c.values("n_deg_true"), c.values("n_deg_pred"), {true, 5});
  c.expect(result.spearman, "spearman");
  c.expect(result.pearson, "pearson");
  c.expect(result.mean_absolute_error, "mae");
  c.expect(result.mape_percent, "mape_percent");
  c.expect(result.ccc, "ccc");
}

TEST(BenchmarkC14, SpearmanOfTrueFoldChangesWithPredictedEffects) {
  const VectorCase c("C14");
  const auto treated = c.values("pred_treated_mean");
  const auto control = c.values("pred_control_mean");
  const auto lfc = c.values("true_lfc");
  const auto ratio = log_ratio(treated, control);
  c.expect_list(ratio, c.expected.at("effect_ratio"));
  c.expect(rank_correlation(ratio, lfc), "spearman_ratio");
  c.expect(rank_correlation(minus(treated, control), lfc), "spearman_difference");
}

TEST(BenchmarkE01, PointwiseErrors) {
  const VectorCase c("E01");
  const auto pred = c.values("pred");
  const auto truth = c.values("truth");
  c.expect(mean_squared_error(pred, truth), "mse");
  c.expect(root_mean_squared_error(pred, truth), "rmse");
  c.expect(mean_absolute_error(pred, truth), "mae");
  c.expect(l2_distance(pred, truth), "l2_ahlmann");
  c.expect(l2_distance(pred, truth), "pertpy_root_mean_squared_error");
}

TEST(BenchmarkE02, WeightedSquaredError) {
  const VectorCase c("E02");
  for (const auto& [name, exponent] :
       {std::pair{"wmse_exp1", 1.0}, {"wmse_exp2", 2.0}, {"wmse_exp4", 4.0}}) {
    const auto weights = de_weights(c.values("de_score"), exponent).weight;
    c.expect(weighted_mse(c.values("pred"), c.values("truth"), weights), name);
  }
}

TEST(BenchmarkE03, DegenerateWeightsSaySo) {
  const VectorCase c("E03");
  const GeneWeights equal = de_weights(c.values("score_all_equal"));
  const GeneWeights zero = de_weights(c.values("score_all_zero"));
  const GeneWeights with_nan = de_weights(c.values("score_with_nan"));
  c.expect_list(equal.weight, c.expected.at("w_all_equal"));
  c.expect_list(zero.weight, c.expected.at("w_all_zero"));
  c.expect_list(with_nan.weight, c.expected.at("w_with_nan"));
  EXPECT_FALSE(equal.degenerate.empty());
  EXPECT_FALSE(zero.degenerate.empty());
  EXPECT_TRUE(with_nan.degenerate.empty());
  const std::vector<double> any{1.0, 2.0, 3.0};
  EXPECT_FALSE(weighted_mse(any, any, zero.weight).defined()) << "0 / 0";
}

TEST(BenchmarkE04, SquaredErrorWithoutSamplingNoise) {
  const VectorCase c("E04");
  const auto cells = matrix(c.inputs.at("truth_cells"));
  const auto mean = centroid_mean(cells.view());
  auto variance = variance_over_perturbations(cells.view());  // over n
  for (double& value : variance) value *= 3.0 / 2.0;          // over n - 1
  c.expect(mean_squared_error(c.values("pred"), mean), "naive");
  c.expect(noise_corrected_mse(c.values("pred"), mean, variance, 3), "unbiased");
}

TEST(BenchmarkE05, CumulativeDistanceByGeneRank) {
  const VectorCase c("E05");
  const auto ranks = c.values("gene_rank");
  std::vector<std::int32_t> order(ranks.size());
  for (std::size_t g = 0; g < ranks.size(); ++g) {
    order[static_cast<std::size_t>(ranks[g]) - 1] = static_cast<std::int32_t>(g);
  }
  c.expect_list(cumulative_l2(c.values("pred"), c.values("truth"), order), c.expected);
}

TEST(BenchmarkK01, DynamicRangeFraction) {
  const VectorCase c("K01");
  const auto fractions = [&](const char* name, Better better, double perfect) {
    std::vector<Score> result;
    const auto pos = numbers(c.inputs.at(name).at("pos"));
    const auto neg = numbers(c.inputs.at(name).at("neg"));
    for (std::size_t i = 0; i < pos.size(); ++i) {
      result.push_back(dynamic_range_fraction(pos[i], neg[i], perfect, better));
    }
    return result;
  };
  c.expect_list(fractions("higher_better", Better::kHigher,
                          c.inputs.at("higher_better").at("perfect").get<double>()),
                c.expected.at("higher_better"));
  c.expect_list(fractions("lower_better", Better::kLower, 0.0), c.expected.at("lower_better"));
}

TEST(BenchmarkK02, BoundDiscriminationAndMissingValues) {
  const VectorCase c("K02");
  const auto plain =
      bound_discrimination(c.values("pos_control"), c.values("neg_control"), Better::kHigher);
  c.expect(plain.share, "bds");
  const auto gappy =
      bound_discrimination(c.values("pos_with_nan"), c.values("neg_with_nan"), Better::kHigher);
  c.expect(gappy.share, "bds_nan_counts_as_loss");
  c.expect(gappy.share_where_defined, "bds_nan_dropped");
  EXPECT_EQ(gappy.undefined, 2);
}

TEST(BenchmarkK03, InterpolatedDuplicate) {
  const VectorCase c("K03");
  c.expect_list(
      interpolated_duplicate(c.values("tech_dup"), c.values("train_mean"), c.values("p_adj")),
      c.expected);
}

TEST(BenchmarkK04, ScoreBetweenBaselineAndReplicate) {
  const VectorCase c("K04");
  std::vector<Score> scores;
  for (const double model : c.values("model")) {
    scores.push_back(
        between_anchors(model, c.inputs.at("baseline"), c.inputs.at("replicate"), Better::kHigher));
  }
  c.expect_list(scores, c.expected);
}

TEST(BenchmarkK05, ReliabilityAndCeiling) {
  const VectorCase c("K05");
  std::vector<Score> full;
  std::vector<Score> ceiling;
  std::vector<Score> corrected;
  const auto half = c.values("r_half");
  const auto observed = c.values("r_observed");
  for (std::size_t i = 0; i < half.size(); ++i) {
    full.push_back(spearman_brown(half[i]));
    ceiling.push_back(noise_ceiling(full.back().value));
    corrected.push_back(fraction_of_ceiling(observed[i], full.back().value));
  }
  c.expect_list(full, c.expected.at("r_full"));
  c.expect_list(ceiling, c.expected.at("ceiling_sqrt"));
  c.expect_list(corrected, c.expected.at("disattenuated"));
}

TEST(BenchmarkK06, BaselineSaturation) {
  const VectorCase c("K06");
  const auto control = c.values("dist_control_to_truth");
  const auto baseline = c.values("dist_baseline_to_truth");
  std::vector<Score> scores;
  for (std::size_t i = 0; i < control.size(); ++i) {
    scores.push_back(baseline_saturation(control[i], baseline[i]));
  }
  c.expect_list(scores, c.expected);
}

TEST(BenchmarkK07, EqualCountBins) {
  const VectorCase c("K07");
  EXPECT_EQ(Json(equal_count_bins(c.values("n_deg"), 4)), c.expected);
}

TEST(BenchmarkK08, TableOfMethods) {
  const VectorCase c("K08");
  const std::vector<MethodMetric> metrics{{c.values("cor"), Better::kHigher, false},
                                          {c.values("mse"), Better::kLower, true},
                                          {c.values("edist"), Better::kLower, true},
                                          {c.values("deg"), Better::kHigher, false}};
  const auto table = method_table(metrics);
  c.expect_list(table.score, c.expected.at("ac_score"));
  c.expect_list(table.mean_rank, c.expected.at("ac_rank"));
  c.expect_list(table.rank, c.expected.at("Rank"));
}

TEST(BenchmarkK09, AreaUnderShift) {
  const VectorCase c("K09");
  c.expect(area_under_shift(c.values("sparsification"), c.values("mse")), "auspc");
  c.expect(standard_error(c.values("replicates_last")), "se_last");
}

TEST(BenchmarkK10, EffectiveGeneCount) {
  const VectorCase c("K10");
  c.expect(effective_gene_count(de_weights(c.values("de_score"), 1.0).weight), "exp1");
  c.expect(effective_gene_count(de_weights(c.values("de_score"), 2.0).weight), "exp2");
}

TEST(BenchmarkM01, VarianceOverPerturbations) {
  const VectorCase c("M01");
  const auto pred = variance_over_perturbations(matrix(c.inputs.at("pred")).view());
  const auto truth = variance_over_perturbations(matrix(c.inputs.at("truth")).view());
  c.expect_list(pred, c.expected.at("pred_var"));
  c.expect_list(truth, c.expected.at("truth_var"));
  c.expect(variance_ratio(pred, truth), "ratio_of_sums");
}

TEST(BenchmarkM02, EffectiveRank) {
  const VectorCase c("M02");
  c.expect(effective_rank(matrix(c.inputs.at("pred")).view()), "pred");
  c.expect(effective_rank(matrix(c.inputs.at("truth")).view()), "truth");
}

TEST(BenchmarkM03, ConcentrationOfTopHits) {
  const VectorCase c("M03");
  std::map<std::string, std::int32_t> ids;
  std::vector<std::int32_t> hits;
  for (const std::string gene : c.inputs.at("top_hits")) {
    hits.push_back(ids.emplace(gene, static_cast<std::int32_t>(ids.size())).first->second);
  }
  EXPECT_EQ(hit_concentration(hits, 1).held, c.expected.at("top1"));
  EXPECT_EQ(hit_concentration(hits, 2).held, c.expected.at("top2"));
  c.expect(hit_concentration(hits, 2).share, "share_top2");
}

TEST(BenchmarkM04, PhenotypeSeparation) {
  const VectorCase c("M04");
  const auto label = c.inputs.at("label").get<std::vector<std::uint8_t>>();
  const auto result = phenotype_separation(matrix(c.inputs.at("pred")).view(),
                                           c.values("prototype1"), c.values("prototype0"), label);
  c.expect_list(result.score, c.expected.at("score"));
  c.expect(result.auc, "auc");
}

TEST(BenchmarkM05, CorrelationBeyondMainEffects) {
  const VectorCase c("M05");
  const auto context = c.values("context_bias");
  const auto perturbation = c.values("pert_bias");
  const std::vector<Row> covariates{context, perturbation};
  c.expect(partial_pearson(c.values("target"), c.values("pred"), covariates), "partial_r");
  c.expect(pearson(c.values("target"), c.values("pred")), "raw_r");
}

TEST(BenchmarkM06, RatioOfDistances) {
  const VectorCase c("M06");
  const Score ratio =
      distance_ratio(numbers(c.inputs.at("perturbed").at(0)), numbers(c.inputs.at("control").at(0)),
                     numbers(c.inputs.at("predicted").at(0)));
  expect_near(ratio.value, c.expected, c.tolerance, "ratio");
}

TEST(BenchmarkR07, SystematicVariation) {
  const VectorCase c("R07");
  const auto shifts = matrix(c.inputs.at("shifts_vs_control"));
  const auto variation = systematic_variation(shifts.view());
  c.expect_list(variation.cosine, c.expected.at("cosine_to_average_shift"));
  c.expect(variation.mean, "mean");
  c.expect_list(variation.length, c.expected.at("norms"));
  const auto pairs = pairwise_similarity(shifts.view(), Similarity::kCosine);
  c.expect_list(pairs.pairs, c.expected.at("pairwise_cosine"));
  c.expect(pairs.mean, "pairwise_mean");
}

TEST(BenchmarkS13, EverySplitOfTheETest) {
  const VectorCase c("S13");
  std::vector<double> cells;
  for (const char* group : {"X", "Y"}) {
    for (const Json& cell : c.inputs.at(group)) cells.push_back(cell.at(0).get<double>());
  }
  std::vector<double> distance;
  for (const double a : cells) {
    for (const double b : cells) distance.push_back((a - b) * (a - b));
  }
  const auto test = e_test({distance.data(), 6, 6, Space::kHost}, 3);
  EXPECT_TRUE(test.exact);
  c.expect(test.observed, "observed");
  EXPECT_EQ(test.splits, c.expected.at("n_perm"));
  EXPECT_EQ(test.at_least, c.expected.at("n_ge"));
  EXPECT_EQ(test.beyond, c.expected.at("n_gt"));
  c.expect(test.p_value, "p_exact");
}

TEST(BenchmarkS14, HolmSidak) {
  const VectorCase c("S14");
  c.expect_list(holm_sidak(c.values("p")), c.expected);
}

}  // namespace
}  // namespace cupel::test
