#include "quality/partial_correlation.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "quality/correlation.hpp"
#include "quality/method_table.hpp"
#include "quality/phenotype.hpp"
#include "quality/reasons.hpp"
#include "quality/shift_curve.hpp"
#include "quality/views.hpp"

namespace cupel::quality::test {
namespace {

using namespace cupel::test;

// Four contexts × three perturbations of vcbench-and-turbine.md, section 5: effects of each, and a
// few interactions. Context and perturbation means are the main effects of a complete table.
struct Table {
  std::vector<double> target, context_mean, perturbation_mean, additive;
};
Table fixture() {
  const double context[4] = {0.0, 0.5, -1.0, 2.0};
  const double perturbation[3] = {0.0, -3.0, 1.0};
  const double interaction[4][3] = {
      {0.3, 0.0, -0.6}, {0.1, -0.4, 0.0}, {0.0, 0.2, 0.5}, {-0.2, 0.0, 0.1}};
  double value[4][3];
  double of_context[4] = {};
  double of_perturbation[3] = {};
  double mean = 0.0;
  for (int c = 0; c < 4; ++c) {
    for (int p = 0; p < 3; ++p) {
      value[c][p] = context[c] + perturbation[p] + interaction[c][p];
      of_context[c] += value[c][p] / 3.0;
      of_perturbation[p] += value[c][p] / 4.0;
      mean += value[c][p] / 12.0;
    }
  }
  Table table;
  for (int c = 0; c < 4; ++c) {
    for (int p = 0; p < 3; ++p) {
      table.target.push_back(value[c][p]);
      table.context_mean.push_back(of_context[c]);
      table.perturbation_mean.push_back(of_perturbation[p]);
      table.additive.push_back(of_context[c] + of_perturbation[p] - mean);
    }
  }
  return table;
}

TEST(PartialPearson, SeesNothingInAnAdditiveModel) {
  const Table table = fixture();
  const std::vector<Row> covariates{table.context_mean, table.perturbation_mean};
  EXPECT_NEAR(pearson(table.target, table.additive).value, 0.992663, 5e-7);
  EXPECT_EQ(partial_pearson(table.target, table.additive, covariates).undefined_because,
            reasons::kNothingLeft);
  std::vector<double> better = table.additive;
  for (std::size_t i = 0; i < better.size(); ++i) {
    better[i] += 0.5 * (table.target[i] - table.additive[i]);
  }
  EXPECT_NEAR(partial_pearson(table.target, better, covariates).value, 1.0, 1e-9);
}

TEST(PartialPearson, IsPearsonWithoutCovariatesAndIgnoresRepeatedOnes) {
  const Dense values = random_matrix(3, 25, 1);
  const auto x = row(values, 0);
  const auto y = row(values, 1);
  const auto z = row(values, 2);
  EXPECT_NEAR(partial_pearson(x, y, {}).value, pearson(x, y).value, 1e-14);
  // The textbook's formula for one covariate.
  const double xy = pearson(x, y).value;
  const double xz = pearson(x, z).value;
  const double yz = pearson(y, z).value;
  const double expected = (xy - xz * yz) / std::sqrt((1.0 - xz * xz) * (1.0 - yz * yz));
  std::vector<double> double_z;
  for (const double value : z) double_z.push_back(2.0 * value + 1.0);
  const std::vector<Row> once{z};
  const std::vector<Row> twice{z, double_z};
  EXPECT_NEAR(partial_pearson(x, y, once).value, expected, 1e-13);
  EXPECT_NEAR(partial_pearson(x, y, twice).value, expected, 1e-13);
}

TEST(PartialPearson, SaysWhyThereIsNone) {
  const std::vector<double> up{1.0, 2.0, 4.0};
  const std::vector<double> flat{3.0, 3.0, 3.0};
  const std::vector<double> gap{1.0, kNaN, 4.0};
  EXPECT_EQ(partial_pearson(flat, up, {}).undefined_because, reasons::kNothingLeft);
  EXPECT_EQ(partial_pearson(up, flat, {}).undefined_because, reasons::kNothingLeft);
  EXPECT_EQ(partial_pearson(up, gap, {}).undefined_because, reasons::kNotANumber);
  EXPECT_EQ(partial_pearson({}, {}, {}).undefined_because, reasons::kTooFewRows);
}

TEST(MethodTable, SaysWhyAMethodHasNoScore) {
  const std::vector<MethodMetric> metrics{{{0.9, 0.5, kNaN}, Better::kHigher, false},
                                          {{0.2, 0.3, 0.1}, Better::kLower, true}};
  const auto table = method_table(metrics);
  EXPECT_EQ(table.score[2].undefined_because, reasons::kMissingMethod);
  EXPECT_FALSE(table.rank[2].defined());
  EXPECT_EQ(table.rank[0].value, 1.0);
  EXPECT_EQ(table.rank[1].value, 2.0);
  const std::vector<MethodMetric> alike{{{0.4, 0.4}, Better::kLower, true}};
  EXPECT_EQ(method_table(alike).score[0].undefined_because, reasons::kAllAlike);
  EXPECT_EQ(method_table(alike).rank[1].value, 1.0) << "ties share the smallest rank";
  EXPECT_TRUE(method_table({}).score.empty());
}

TEST(ShiftCurve, NeedsTwoLevels) {
  const std::vector<double> one{0.0};
  EXPECT_EQ(area_under_shift(one, one).undefined_because, reasons::kTooFewRows);
  EXPECT_EQ(standard_error(one).undefined_because, reasons::kTooFewRows);
  EXPECT_EQ(area_under_shift(std::vector<double>{0.0, 1.0, 3.0}, std::vector<double>{1.0, 2.0, 4.0})
                .value,
            1.5 + 6.0);
}

TEST(PhenotypeSeparation, IsUndefinedForOneClass) {
  const Dense predictions = random_matrix(3, 4, 1);
  const std::vector<double> one(4, 1.0);
  const std::vector<double> zero(4, 0.0);
  const auto result =
      phenotype_separation(view(predictions), one, zero, std::vector<std::uint8_t>{1, 1, 1});
  EXPECT_EQ(result.auc.undefined_because, reasons::kOneClass);
  EXPECT_TRUE(result.score[0].defined());
}

}  // namespace
}  // namespace cupel::quality::test
