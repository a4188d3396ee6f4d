#include "evaluation/metric_quality.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <numeric>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

constexpr std::int64_t kRows = 120;
constexpr std::int64_t kGenes = 90;

Matrix<double> host(const Dense& dense) {
  auto matrix = make_host_matrix<double>(dense.rows, dense.cols);
  std::ranges::copy(dense.values, matrix.view().data);
  return matrix;
}

std::vector<double> first_row(const Dense& dense) {
  return {dense.values.begin(), dense.values.begin() + dense.cols};
}

// Truth: a profile that all share, of this size, and effects of length 1 per gene.
struct Halves {
  explicit Halves(double shared = 0.0) : truth(random_matrix(kRows, kGenes, 1)) {
    const auto common = random_matrix(1, kGenes, 2);
    control = zeros(1, kGenes);
    for (std::int64_t g = 0; g < kGenes; ++g) {
      control(0, g) = shared * common(0, g);
      for (std::int64_t r = 0; r < kRows; ++r) truth(r, g) += control(0, g);
    }
    halves.chosen.resize(kRows);
    std::iota(halves.chosen.begin(), halves.chosen.end(), 0);
    halves.a = host(truth);
    halves.control_a = first_row(control);
    halves.control_b = first_row(control);
    halves.mean = first_row(control);
    Dense ones = zeros(kRows, kGenes);
    std::ranges::fill(ones.values, 1.0);
    halves.weights = host(ones);
  }
  void set_positive(const Dense& positive) {
    halves.b = host(positive);
    halves.interpolated = host(positive);
  }
  [[nodiscard]] std::map<std::string, MetricQuality> judged() const {
    std::vector<std::string> names;
    for (std::int64_t r = 0; r < kRows; ++r) names.push_back(fmt::format("p{}", r));
    const std::vector<std::int32_t> own(kRows, -1);
    Conventions c;
    c.pds.exclusion = GeneExclusion::kNone;
    std::vector<const Metric*> metrics;
    for (const auto* name : {"expr_mse", "expr_mae", "delta_pearson", "pds_l2", "expr_wmse",
                             "delta_weighted_pearson", "delta_weighted_r2", "expr_mse_unbiased",
                             "expr_mse_unbiased_capped_norm", "de_wilcoxon_sig_recall"}) {
      metrics.push_back(&find_metric(name));
    }
    const auto backend = make_backend("cpu");
    std::map<std::string, MetricQuality> result;
    for (auto& quality : judge_metrics(metrics, names, own, c, halves, 0, *backend)) {
      result[quality.metric] = quality;
    }
    return result;
  }

  Dense truth;
  Dense control;
  TruthHalves halves;
};

const std::vector<std::string> kJudged{
    "expr_mse",  "expr_mae",          "delta_pearson",         "pds_l2",
    "expr_wmse", "delta_weighted_r2", "delta_weighted_pearson"};

TEST(MetricQuality, OfAPerfectDuplicateIsOne) {
  Halves halves;
  halves.set_positive(halves.truth);
  const auto judged = halves.judged();
  for (const auto& name : kJudged) {
    const auto& quality = judged.at(name);
    if (name == "delta_pearson") {  // the mean of all is the control here: no effect, no score
      EXPECT_TRUE(std::isnan(quality.drf));
      EXPECT_EQ(quality.verdict, "not judged");
      continue;
    }
    if (name == "delta_weighted_pearson" || name == "delta_weighted_r2") continue;
    EXPECT_NEAR(quality.drf, 1.0, 1e-4) << name;
    EXPECT_GE(quality.bds, name == "pds_l2" ? 0.97 : 1.0) << name;
    EXPECT_EQ(quality.verdict, "usable") << name;
    EXPECT_EQ(quality.n, kRows);
  }
}

TEST(MetricQuality, OfExchangeableControlsIsZero) {
  Halves halves;
  // Positive and negative know equally little: each is noise of the truth's size.
  halves.set_positive(random_matrix(kRows, kGenes, 3));
  halves.halves.mean = first_row(random_matrix(1, kGenes, 4));
  const auto judged = halves.judged();
  for (const auto* name : {"expr_mse", "expr_mae", "delta_pearson", "expr_wmse"}) {
    const auto& quality = judged.at(name);
    EXPECT_NEAR(quality.drf, 0.0, 0.12) << name;
    EXPECT_NEAR(quality.bds, 0.5, 0.15) << name;  // standard deviation 0.046
    EXPECT_NE(quality.verdict, "usable") << name;
    EXPECT_LT(quality.drf_low, 0.0) << name;
    EXPECT_GT(quality.drf_high, 0.0) << name;
  }
}

TEST(MetricQuality, MarksMetricsThatNoChangePasses) {
  Halves halves(10.0);
  halves.set_positive(halves.truth);
  const auto judged = halves.judged();
  // Of a variance of 101 over genes, no change leaves 1.
  for (const auto* name : {"expr_mse", "expr_wmse"}) {
    EXPECT_EQ(judged.at(name).verdict, "identity-dominated") << name;
    EXPECT_NEAR(judged.at(name).no_change_score, 1.0, 0.1) << name;
    EXPECT_FALSE(judged.at(name).reason.empty());
  }
  for (const auto* name : {"delta_pearson", "pds_l2", "delta_weighted_r2"}) {
    EXPECT_NE(judged.at(name).verdict, "identity-dominated") << name;
  }
  const auto nothing_shared = [&] {
    Halves none;
    none.set_positive(none.truth);
    return none.judged();
  }();
  EXPECT_EQ(nothing_shared.at("expr_mse").verdict, "usable");
}

TEST(MetricQuality, SaysWhatItDoesNotJudge) {
  Halves halves;
  halves.set_positive(halves.truth);
  const auto judged = halves.judged();
  EXPECT_EQ(judged.at("expr_mse_unbiased").reason, "the metric has no better direction");
  EXPECT_EQ(judged.at("de_wilcoxon_sig_recall").reason,
            "it would take tests of genes in halves of the cells");
  EXPECT_EQ(judged.at("expr_mse_unbiased_capped_norm").verdict, "not judged");
  halves.halves.chosen.clear();
  EXPECT_EQ(halves.judged().at("expr_mse").reason,
            "no perturbation has cells enough for two halves");
}

}  // namespace
}  // namespace cupel::test
