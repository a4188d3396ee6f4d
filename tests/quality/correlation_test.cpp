#include "quality/correlation.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "quality/reasons.hpp"
#include "quality/views.hpp"

namespace cupel::quality::test {
namespace {

using namespace cupel::test;

// Every gene as often as its weight says, each counting once.
struct Repeated {
  std::vector<double> x, y;
};
Repeated repeat(const std::vector<double>& x, const std::vector<double>& y,
                const std::vector<double>& weights) {
  Repeated result;
  for (std::size_t g = 0; g < x.size(); ++g) {
    result.x.insert(result.x.end(), static_cast<std::size_t>(weights[g]), x[g]);
    result.y.insert(result.y.end(), static_cast<std::size_t>(weights[g]), y[g]);
  }
  return result;
}

double mean(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double slow_pearson(const std::vector<double>& x, const std::vector<double>& y) {
  double sxy = 0.0;
  double sxx = 0.0;
  double syy = 0.0;
  for (std::size_t g = 0; g < x.size(); ++g) {
    sxy += (x[g] - mean(x)) * (y[g] - mean(y));
    sxx += (x[g] - mean(x)) * (x[g] - mean(x));
    syy += (y[g] - mean(y)) * (y[g] - mean(y));
  }
  return sxy / std::sqrt(sxx * syy);
}

double slow_r_squared(const std::vector<double>& truth, const std::vector<double>& prediction) {
  double error = 0.0;
  double spread = 0.0;
  for (std::size_t g = 0; g < truth.size(); ++g) {
    error += std::pow(truth[g] - prediction[g], 2);
    spread += std::pow(truth[g] - mean(truth), 2);
  }
  return 1.0 - error / spread;
}

TEST(QualityCorrelation, WeighsAGeneAsIfItCameThatOften) {
  const Dense values = random_matrix(2, 40, 1);
  const auto x = row(values, 0);
  const auto y = row(values, 1);
  std::vector<double> weights;
  for (int g = 0; g < 40; ++g) weights.push_back(g % 4);
  const auto repeated = repeat(x, y, weights);
  EXPECT_NEAR(pearson(x, y, weights).value, slow_pearson(repeated.x, repeated.y), 1e-13);
  EXPECT_NEAR(r_squared(x, y, weights).value, slow_r_squared(repeated.x, repeated.y), 1e-13);
  EXPECT_NEAR(pearson(x, y).value, slow_pearson(x, y), 1e-13);
  EXPECT_NEAR(r_squared(x, y).value, slow_r_squared(x, y), 1e-13);
  for (double& weight : weights) weight *= 1e-5;  // their unit is of no consequence
  EXPECT_NEAR(pearson(x, y, weights).value, slow_pearson(repeated.x, repeated.y), 1e-13);
}

TEST(QualityCorrelation, IsPerfectForTheTruthItself) {
  const auto x = random_matrix(1, 30, 1).values;
  EXPECT_NEAR(pearson(x, x).value, 1.0, 1e-15);
  EXPECT_EQ(r_squared(x, x).value, 1.0);
  EXPECT_NEAR(cosine(x, x).value, 1.0, 1e-15);
  EXPECT_EQ(rank_correlation(x, x).value, 1.0);
}

void expect_undefined(const Score& score, std::string_view reason) {
  EXPECT_TRUE(std::isnan(score.value));
  EXPECT_EQ(score.undefined_because, reason);
}

TEST(QualityCorrelation, SaysWhyThereIsNone) {
  const std::vector<double> none;
  const std::vector<double> one{2.0};
  const std::vector<double> up{1.0, 2.0, 3.0};
  const std::vector<double> flat{0.1, 0.1, 0.1};
  const std::vector<double> zero{0.0, 0.0, 0.0};
  const std::vector<double> gap{1.0, kNaN, 3.0};
  expect_undefined(pearson(none, none), reasons::kNoGenes);
  expect_undefined(pearson(one, one), reasons::kConstant);
  expect_undefined(pearson(up, flat), reasons::kConstant);
  expect_undefined(pearson(flat, up), reasons::kConstant);
  expect_undefined(pearson(up, gap), reasons::kNotANumber);
  expect_undefined(pearson(up, up, zero), reasons::kNoWeight);
  expect_undefined(pearson(up, up, std::vector<double>{0.0, 5.0, 0.0}), reasons::kConstant);
  // The mean of three 0.1 is not 0.1, and the last gene does not count.
  expect_undefined(
      pearson(std::vector<double>{0.1, 0.1, 0.1, 5.0}, std::vector<double>{1.0, 2.0, 3.0, 5.0},
              std::vector<double>{1.0, 1.0, 1.0, 0.0}),
      reasons::kConstant);
  expect_undefined(r_squared(one, one), reasons::kTooFewGenes);
  expect_undefined(r_squared(up, gap), reasons::kNotANumber);
  expect_undefined(cosine(none, none), reasons::kNoGenes);
  expect_undefined(cosine(up, zero), reasons::kZeroLength);
  expect_undefined(cosine(up, gap), reasons::kNotANumber);
  expect_undefined(rank_correlation(one, one), reasons::kTooFewGenes);
  expect_undefined(rank_correlation(up, flat), reasons::kConstant);
  expect_undefined(rank_correlation(gap, up), reasons::kNotANumber);
}

TEST(QualityCorrelation, WithoutAnyWeightRSquaredCountsAllGenesAlike) {
  const std::vector<double> truth{1.0, 2.0, 4.0};
  const std::vector<double> prediction{1.0, 2.5, 3.0};
  const Score score = r_squared(truth, prediction, std::vector<double>{0.0, 0.0, 0.0});
  EXPECT_EQ(score.value, r_squared(truth, prediction).value);
  EXPECT_EQ(score.undefined_because, reasons::kNoWeightSoEqual);
}

TEST(QualityCorrelation, TakesOneReferenceForAllOrOneEach) {
  const Dense prediction = random_matrix(4, 20, 1);
  const Dense truth = random_matrix(4, 20, 2);
  const Dense reference = random_matrix(4, 20, 3);
  const Dense weights = random_matrix(4, 20, 4);
  Dense squared = weights;
  for (double& w : squared.values) w *= w;
  const Effects each{view(prediction), view(truth), view(reference), view(squared)};
  const Effects shared{
      view(prediction), view(truth), {reference.values.data(), 1, 20, Space::kHost}};
  const auto pearson_each = effect_pearson(each);
  const auto r2_each = effect_r_squared(each);
  const auto pearson_shared = effect_pearson(shared);
  const auto cosine_shared = effect_cosine(shared);
  const auto rank_shared = effect_rank_correlation(shared);
  for (std::int64_t p = 0; p < 4; ++p) {
    const auto at = static_cast<std::size_t>(p);
    const auto x = minus(row(prediction, p), row(reference, p));
    const auto y = minus(row(truth, p), row(reference, p));
    EXPECT_EQ(pearson_each[at].value, pearson(x, y, row(squared, p)).value);
    EXPECT_EQ(r2_each[at].value, r_squared(y, x, row(squared, p)).value);
    const auto x0 = minus(row(prediction, p), row(reference, 0));
    const auto y0 = minus(row(truth, p), row(reference, 0));
    EXPECT_EQ(pearson_shared[at].value, pearson(x0, y0).value);
    EXPECT_EQ(cosine_shared[at].value, cosine(x0, y0).value);
    EXPECT_EQ(rank_shared[at].value, rank_correlation(x0, y0).value);
  }
}

// The small screen of vcbench-and-turbine.md, section 5.
struct Toy {
  Dense control = dense_of({{1, 0, 2, 3, 0, 1}, {0, 1, 2, 2, 1, 1}, {2, 1, 1, 3, 0, 2}});
  std::vector<Dense> truth{dense_of({{2, 0, 0, 3, 1, 1}, {1, 1, 0, 4, 1, 0}, {3, 0, 1, 3, 2, 1}}),
                           dense_of({{0, 2, 3, 1, 0, 1}, {1, 3, 2, 1, 0, 2}, {0, 2, 2, 0, 1, 1}}),
                           dense_of({{1, 0, 2, 3, 3, 1}, {1, 1, 1, 2, 4, 0}, {0, 1, 2, 3, 3, 2}})};
  std::vector<Dense> prediction{
      dense_of({{2, 1, 1, 3, 1, 1}, {1, 0, 1, 3, 0, 1}, {2, 1, 0, 4, 1, 2}}),
      dense_of({{1, 1, 3, 2, 0, 1}, {0, 2, 2, 2, 1, 1}, {1, 2, 2, 1, 0, 2}}),
      dense_of({{2, 0, 1, 3, 2, 1}, {1, 1, 1, 3, 1, 1}, {1, 0, 1, 3, 2, 0}})};
};

TEST(QualityCorrelation, ReproducesATableThatWasMadeElsewhere) {
  const Toy toy;
  std::vector<std::vector<double>> truth;
  std::vector<std::vector<double>> prediction;
  for (std::size_t p = 0; p < 3; ++p) {
    truth.push_back(statistics(toy.truth[p]).mean);
    prediction.push_back(statistics(toy.prediction[p]).mean);
  }
  const Dense truths = dense_of(truth);
  const Dense predictions = dense_of(prediction);
  const Dense control = dense_of({statistics(toy.control).mean});
  std::vector<double> sum(6, 0.0);
  for (const auto& each : truth) {
    for (std::size_t g = 0; g < 6; ++g) sum[g] += each[g] / 3.0;
  }
  const Dense mean_truth = dense_of({sum});

  const auto raw =
      score_rows(3, [&](std::int64_t p) { return pearson(row(predictions, p), row(truths, p)); });
  const auto about_control = effect_pearson({view(predictions), view(truths), view(control)});
  const auto about_mean = effect_pearson({view(predictions), view(truths), view(mean_truth)});
  const auto fold_rank = score_rows(3, [&](std::int64_t p) {
    return cosine(log2_ratio(row(predictions, p), row(control, 0)),
                  log2_ratio(row(truths, p), row(control, 0)));
  });
  const auto no_change =
      score_rows(3, [&](std::int64_t p) { return pearson(row(control, 0), row(truths, p)); });
  const std::vector<double> expected_raw{.908690, .813681, .697252};
  const std::vector<double> expected_control{.905271, .987945, .799654};
  const std::vector<double> expected_mean{.849863, .908542, .275875};
  const std::vector<double> expected_cosine{.906666, .936008, .812209};
  const std::vector<double> expected_no_change{.571787, .019143, .144393};
  for (std::size_t p = 0; p < 3; ++p) {
    EXPECT_NEAR(raw[p].value, expected_raw[p], 5e-7);
    EXPECT_NEAR(about_control[p].value, expected_control[p], 5e-7);
    EXPECT_NEAR(about_mean[p].value, expected_mean[p], 5e-7);
    EXPECT_NEAR(fold_rank[p].value, expected_cosine[p], 5e-7);
    EXPECT_NEAR(no_change[p].value, expected_no_change[p], 5e-7);
  }
}

}  // namespace
}  // namespace cupel::quality::test
