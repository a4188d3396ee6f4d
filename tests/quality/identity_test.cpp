#include "quality/identity.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "quality/correlation.hpp"
#include "quality/pointwise_error.hpp"
#include "quality/reasons.hpp"

namespace cupel::quality::test {
namespace {

// A screen as real ones are: genes differ far more than perturbations do.
TEST(Identity, DominatesMetricsOfRawProfilesAndNotThoseOfEffects) {
  std::mt19937_64 rng(1);
  std::normal_distribution<double> normal;
  std::vector<double> control(500);
  for (double& value : control) value = 2.0 * normal(rng);
  std::vector<Score> raw_pearson;
  std::vector<Score> raw_error;
  std::vector<Score> effect;
  std::vector<Score> rank;
  for (int p = 0; p < 20; ++p) {
    std::vector<double> truth = control;
    for (double& value : truth) value += 0.2 * normal(rng);
    raw_pearson.push_back(identity_share(pearson(control, truth).value, 0.0, 1.0));
    const double flat = flat_profile_mse(truth).value;
    raw_error.push_back(identity_share(mean_squared_error(control, truth).value, flat, 0.0));
    EXPECT_NEAR(raw_error.back().value, r_squared(truth, control).value, 1e-12);
    const auto no_change = minus(control, control);
    effect.push_back(identity_share(pearson(no_change, minus(truth, control)).value, 0.0, 1.0));
    rank.push_back(identity_share(0.45 + 0.01 * p, 0.5, 1.0));
  }
  EXPECT_TRUE(check_identity(raw_pearson).dominated);
  EXPECT_GT(check_identity(raw_pearson).median_share, 0.97);
  EXPECT_TRUE(check_identity(raw_error).dominated);
  EXPECT_FALSE(check_identity(effect).dominated);
  EXPECT_EQ(check_identity(effect).n, 0);
  EXPECT_TRUE(std::isnan(check_identity(effect).median_share));
  EXPECT_FALSE(check_identity(rank).dominated);
  EXPECT_EQ(check_identity(rank).n, 20);
}

TEST(Identity, GoesByTheMedianPerturbation) {
  const std::vector<Score> scores{Score::of(0.95), Score::of(0.99), Score::of(-5.0)};
  EXPECT_TRUE(check_identity(scores).dominated);
  EXPECT_EQ(check_identity(scores).median_share, 0.95);
  EXPECT_FALSE(check_identity(scores, 0.96).dominated);
  EXPECT_FALSE(check_identity({}).dominated);
}

TEST(Identity, SaysWhyThereIsNoShare) {
  EXPECT_EQ(identity_share(kNaN, 0.0, 1.0).undefined_because, reasons::kNoChange);
  EXPECT_EQ(identity_share(0.3, 0.0, 0.0).undefined_because, reasons::kNoIdentityRange);
  EXPECT_EQ(identity_share(0.3, kNaN, 0.0).undefined_because, reasons::kNoIdentityRange);
  EXPECT_EQ(flat_profile_mse({}).undefined_because, reasons::kNoGenes);
}

}  // namespace
}  // namespace cupel::quality::test
