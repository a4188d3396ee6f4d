#include "quality/noise_ceiling.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "quality/control_halves.hpp"
#include "quality/correlation.hpp"
#include "quality/reasons.hpp"
#include "quality/views.hpp"

namespace cupel::quality::test {
namespace {

using namespace cupel::test;

// Half means of a perturbation and of the control, each of n cells with variance 1 per gene.
struct Halves {
  std::vector<double> truth, a, b, control_a, control_b;
};
Halves measured(double effect, double n, std::size_t genes, std::mt19937_64& rng) {
  std::normal_distribution<double> normal;
  std::normal_distribution<double> noise(0.0, 1.0 / std::sqrt(n));
  Halves halves;
  for (std::size_t g = 0; g < genes; ++g) {
    const double base = 3.0 * normal(rng);
    const double own = effect * normal(rng);
    halves.truth.push_back(base + own);
    halves.a.push_back(base + own + noise(rng));
    halves.b.push_back(base + own + noise(rng));
    halves.control_a.push_back(base + noise(rng));
    halves.control_b.push_back(base + noise(rng));
  }
  return halves;
}

TEST(NoiseCeiling, OfHalvesIsHighForAStrongEffectAndZeroForNone) {
  std::mt19937_64 rng(1);
  const Halves strong = measured(1.0, 50.0, 5000, rng);
  EXPECT_GT(
      split_half(minus(strong.a, strong.control_a), minus(strong.b, strong.control_b)).r_half.value,
      0.9);
  const Halves none = measured(0.0, 50.0, 20'000, rng);
  EXPECT_NEAR(split_half(minus(none.a, none.control_a), minus(none.b, none.control_b)).r_half.value,
              0.0, 0.03);
}

// The formulas against what they promise: r_full is the correlation of two wholes, its root that of
// a perfect model with one.
TEST(NoiseCeiling, IsWhatAPerfectModelReaches) {
  std::mt19937_64 rng(2);
  const Halves first = measured(0.2, 20.0, 50'000, rng);
  const auto half = split_half(minus(first.a, first.control_a), minus(first.b, first.control_b));
  std::vector<double> whole;
  std::vector<double> truth;
  for (std::size_t g = 0; g < first.a.size(); ++g) {
    whole.push_back((first.a[g] + first.b[g]) / 2.0 -
                    (first.control_a[g] + first.control_b[g]) / 2.0);
  }
  // The base differs from gene to gene, so the true effect is truth less the base, which is known
  // here only through cells: measure it from many.
  std::mt19937_64 again(2);
  const Halves exact = measured(0.2, 1e12, 50'000, again);
  truth = minus(exact.truth, exact.control_a);
  const double reached = pearson(truth, whole).value;
  EXPECT_NEAR(reached, half.ceiling.value, 0.02);
  EXPECT_NEAR(fraction_of_ceiling(reached, half.r_full.value).value, 1.0, 0.03);
  EXPECT_GT(half.r_full.value, half.r_half.value);
}

TEST(NoiseCeiling, IsUndefinedWhereTheTruthDoesNotReproduceItself) {
  EXPECT_EQ(spearman_brown(0.0).value, 0.0);
  EXPECT_EQ(noise_ceiling(0.0).value, 0.0);
  EXPECT_LT(spearman_brown(-0.2).value, 0.0) << "noise is as often negative as positive";
  EXPECT_EQ(noise_ceiling(-0.5).undefined_because, reasons::kUnreliable);
  EXPECT_EQ(spearman_brown(-1.0).undefined_because, reasons::kOpposedHalves);
  EXPECT_EQ(spearman_brown(kNaN).undefined_because, reasons::kNoReliability);
  EXPECT_EQ(noise_ceiling(kNaN).undefined_because, reasons::kNoReliability);
  EXPECT_EQ(fraction_of_ceiling(0.4, 0.2).undefined_because, reasons::kLowCeiling);
  EXPECT_TRUE(fraction_of_ceiling(0.4, 0.2001).defined());
  EXPECT_EQ(fraction_of_ceiling(0.4, 0.0).undefined_because, reasons::kUnreliable);
  EXPECT_EQ(fraction_of_ceiling(0.4, kNaN).undefined_because, reasons::kNoReliability);
  EXPECT_EQ(fraction_of_ceiling(kNaN, 0.5).undefined_because, reasons::kNoScore);
}

// Nothing happens in this screen, and the prediction knows nothing but cells of its own.
TEST(SplitControl, TakesAwayTheCorrelationThatASharedControlGives) {
  std::mt19937_64 rng(3);
  std::normal_distribution<double> normal;
  const std::int64_t genes = 20'000;
  const std::int64_t perturbations = 20;
  const double n = 40.0;  // cells of a group, and of each half of the control
  std::normal_distribution<double> noise(0.0, 1.0 / std::sqrt(n));
  std::vector<double> base(genes);
  for (double& value : base) value = 3.0 * normal(rng);
  const auto measure = [&](std::int64_t rows) {
    Dense means = zeros(rows, genes);
    for (std::int64_t p = 0; p < rows; ++p) {
      for (std::int64_t g = 0; g < genes; ++g) {
        means(p, g) = base[static_cast<std::size_t>(g)] + noise(rng);
      }
    }
    return means;
  };
  const Dense truth = measure(perturbations);
  const Dense prediction = measure(perturbations);
  const Dense control_a = measure(1);
  const Dense control_b = measure(1);
  Dense control = control_a;
  for (std::size_t g = 0; g < control.values.size(); ++g) {
    control.values[g] = (control_a.values[g] + control_b.values[g]) / 2.0;
  }
  const auto naive = effect_pearson({view(prediction), view(truth), view(control)});
  const auto split =
      split_control_pearson(view(prediction), view(truth), view(control_a), view(control_b));
  double naive_mean = 0.0;
  double split_mean = 0.0;
  for (std::int64_t p = 0; p < perturbations; ++p) {
    naive_mean += naive[static_cast<std::size_t>(p)].value / perturbations;
    split_mean += split[static_cast<std::size_t>(p)].value / perturbations;
  }
  // The control's share of an effect's variance: (1 / 2n) / (1 / n + 1 / 2n).
  EXPECT_NEAR(naive_mean, 1.0 / 3.0, 0.02);
  EXPECT_NEAR(split_mean, 0.0, 0.02);
}

TEST(SplitControl, KeepsARealEffect) {
  std::mt19937_64 rng(4);
  const Halves strong = measured(1.0, 50.0, 5000, rng);
  const auto one = pearson(minus(strong.a, strong.control_a), minus(strong.b, strong.control_b));
  const auto other = pearson(minus(strong.a, strong.control_b), minus(strong.b, strong.control_a));
  const Score split = split_control_pearson(strong.a, strong.b, strong.control_a, strong.control_b);
  EXPECT_EQ(split.value, (one.value + other.value) / 2.0);
  EXPECT_GT(split.value, 0.9);
  EXPECT_FALSE(split_control_pearson(strong.control_a, strong.b, strong.control_a, strong.control_b)
                   .defined())
      << "no change against the half it is";
}

}  // namespace
}  // namespace cupel::quality::test
