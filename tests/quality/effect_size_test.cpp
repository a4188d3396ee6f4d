#include "quality/effect_size.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "quality/pointwise_error.hpp"
#include "quality/reasons.hpp"
#include "quality/views.hpp"

namespace cupel::quality::test {
namespace {

using namespace cupel::test;

Dense cells_around(std::int64_t n, const std::vector<double>& mean, std::mt19937_64& rng) {
  std::normal_distribution<double> normal;
  Dense cells = zeros(n, static_cast<std::int64_t>(mean.size()));
  for (std::int64_t cell = 0; cell < n; ++cell) {
    for (std::size_t g = 0; g < mean.size(); ++g) {
      cells(cell, static_cast<std::int64_t>(g)) =
          mean[g] + (1.0 + 0.1 * static_cast<double>(g)) * normal(rng);
    }
  }
  return cells;
}

// Mean squared distance of all pairs of two groups; within one, of different cells.
double mean_squared_distance(const Dense& a, const Dense& b, bool same) {
  double sum = 0.0;
  double pairs = 0.0;
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < b.rows; ++j) {
      if (same && i == j) continue;
      pairs += 1.0;
      for (std::int64_t g = 0; g < a.cols; ++g) sum += std::pow(a(i, g) - b(j, g), 2);
    }
  }
  return sum / pairs;
}

TEST(EffectSize, CorrectedEnergyDistanceIsThatOfAllPairsOfCells) {
  std::mt19937_64 rng(1);
  const Dense a = cells_around(7, {0.0, 1.0, 2.0}, rng);
  const Dense b = cells_around(12, {0.5, 1.0, 1.0}, rng);
  const auto sa = statistics(a);
  const auto sb = statistics(b);
  const GroupMoments ma{sa.mean, sa.variance, 7};
  const GroupMoments mb{sb.mean, sb.variance, 12};
  const double pairs = 2.0 * mean_squared_distance(a, b, false) -
                       mean_squared_distance(a, a, true) - mean_squared_distance(b, b, true);
  EXPECT_NEAR(corrected_energy_distance(ma, mb).value, pairs, 1e-12);
  EXPECT_NEAR(corrected_squared_effect(ma, mb).value, pairs / 2.0, 1e-12);
  EXPECT_NEAR(squared_effect(sa.mean, sb.mean).value - squared_noise(ma, mb).value, pairs / 2.0,
              1e-12);
}

TEST(EffectSize, HasTheTrueEffectAsItsExpectationAndZeroUnderTheNull) {
  for (const double effect : {0.0, 0.3}) {
    std::mt19937_64 rng(2);
    const std::vector<double> base(20, 1.0);
    std::vector<double> moved = base;
    for (double& value : moved) value += effect;
    double corrected = 0.0;
    double naive = 0.0;
    double squares = 0.0;
    const int screens = 400;
    for (int screen = 0; screen < screens; ++screen) {
      const auto perturbed = statistics(cells_around(10, moved, rng));
      const auto control = statistics(cells_around(15, base, rng));
      const double value = corrected_squared_effect({perturbed.mean, perturbed.variance, 10},
                                                    {control.mean, control.variance, 15})
                               .value;
      corrected += value / screens;
      squares += value * value / screens;
      naive += squared_effect(perturbed.mean, control.mean).value / screens;
    }
    const double error = std::sqrt((squares - corrected * corrected) / screens);
    EXPECT_NEAR(corrected, 20.0 * effect * effect, 4.0 * error);
    EXPECT_GT(naive, 20.0 * effect * effect + 10.0 * error) << "noise counts as effect";
  }
}

TEST(EffectSize, MeasuresAClaimInUnitsOfNoise) {
  std::mt19937_64 rng(3);
  const std::vector<double> base(2000, 1.0);
  const std::vector<double> sd(2000, 1.0);
  const GroupMoments perturbed{base, sd, 10};
  const GroupMoments control{base, sd, 40};
  std::vector<double> as_noise(2000);
  std::normal_distribution<double> noise(0.0, std::sqrt(1.0 / 10.0 + 1.0 / 40.0));
  for (double& value : as_noise) value = noise(rng);
  EXPECT_NEAR(claimed_effect(as_noise, perturbed, control).value, 1.0, 0.05);
  for (double& value : as_noise) value *= 3.0;
  EXPECT_NEAR(claimed_effect(as_noise, perturbed, control).value, 3.0, 0.15);
  EXPECT_EQ(claimed_effect(std::vector<double>(2000, 0.0), perturbed, control).value, 0.0);
}

TEST(EffectSize, SaysWhyThereIsNone) {
  const std::vector<double> none;
  const std::vector<double> mean{1.0, 2.0};
  const std::vector<double> zero{0.0, 0.0};
  const std::vector<double> gap{1.0, kNaN};
  const GroupMoments group{mean, mean, 5};
  const GroupMoments single{mean, gap, 1};
  EXPECT_EQ(squared_effect(none, none).undefined_because, reasons::kNoGenes);
  EXPECT_EQ(squared_effect(mean, gap).undefined_because, reasons::kNotANumber);
  EXPECT_EQ(corrected_squared_effect(single, group).undefined_because, reasons::kTooFewCells);
  EXPECT_EQ(corrected_energy_distance(group, single).undefined_because, reasons::kTooFewCells);
  EXPECT_TRUE(std::isnan(corrected_energy_distance(group, single).value));
  EXPECT_EQ(claimed_effect(mean, {mean, zero, 5}, {mean, zero, 5}).undefined_because,
            reasons::kNoNoise);
  EXPECT_EQ(squared_noise({none, none, 5}, {none, none, 5}).undefined_because, reasons::kNoGenes);
}

TEST(PointwiseError, OfANoisyTruthIsCorrectedToThatOfTheTrueMean) {
  std::mt19937_64 rng(4);
  const std::vector<double> mean(30, 2.0);
  const std::vector<double> prediction(30, 2.5);
  double corrected = 0.0;
  double naive = 0.0;
  double perfect = 0.0;
  const int screens = 400;
  for (int screen = 0; screen < screens; ++screen) {
    const auto truth = statistics(cells_around(8, mean, rng));
    corrected += noise_corrected_mse(prediction, truth.mean, truth.variance, 8).value / screens;
    perfect += noise_corrected_mse(mean, truth.mean, truth.variance, 8).value / screens;
    naive += mean_squared_error(prediction, truth.mean).value / screens;
  }
  EXPECT_NEAR(corrected, 0.25, 0.04);
  EXPECT_NEAR(perfect, 0.0, 0.03);
  EXPECT_GT(naive, 0.6);
}

TEST(PointwiseError, SaysWhyThereIsNone) {
  const std::vector<double> none;
  const std::vector<double> one{1.0};
  const std::vector<double> gap{kNaN};
  for (const Score& score : {mean_squared_error(none, none), root_mean_squared_error(none, none),
                             mean_absolute_error(none, none), l2_distance(none, none),
                             weighted_mse(none, none, none), sampling_error(none, 5)}) {
    EXPECT_TRUE(std::isnan(score.value));
    EXPECT_EQ(score.undefined_because, reasons::kNoGenes);
  }
  EXPECT_EQ(mean_absolute_error(gap, one).undefined_because, reasons::kNotANumber);
  EXPECT_EQ(weighted_mse(one, one, std::vector<double>{0.0}).undefined_because, reasons::kNoWeight);
  EXPECT_EQ(noise_corrected_mse(one, one, gap, 1).undefined_because, reasons::kTooFewCells);
}

}  // namespace
}  // namespace cupel::quality::test
