// Worked by hand: two perturbations, three genes.
#include <cmath>

#include "support/profile_case.hpp"
#include "support/test_device.hpp"

namespace cupel::test {
namespace {

ProfileCase::Input two() {
  ProfileCase::Input input;
  input.perturbations = {"a", "b"};
  input.real = {2, 3, {1, 2, 3, 3, 4, 1}};
  input.pred = {2, 3, {1, 3, 5, 3, 4, 1}};
  input.real_control = zeros(1, 3);
  input.own_gene = {-1, -1};
  input.weights = {2, 3, {1, 1, 2, 0, 0, 0}};
  return input;
}

TEST(WeightedEffects, CountGenesByTheirWeight) {
  const auto backend = make_test_backend();
  const ProfileCase c(*backend, two());
  const auto wmse = c.raw("expr_wmse");
  EXPECT_DOUBLE_EQ(wmse[0].value, (1.0 * 0 + 1.0 * 1 + 2.0 * 4) / 4.0);
  EXPECT_EQ(wmse[1].undefined_because, "no gene has a weight");

  // The mean of the true profiles is (2, 3, 2): a's effect is (-1, -1, 1), predicted (-1, 0, 3).
  // Weighted means 0 and 1.25; 4 sum w d^2 and so on.
  const auto r2 = c.raw("delta_weighted_r2");
  EXPECT_DOUBLE_EQ(r2[0].value, 1.0 - 9.0 / 4.0);
  const auto r = c.raw("delta_weighted_pearson");
  const double xy = (-1.0) * (-2.25) + (-1.0) * (-1.25) + 2.0 * 1.0 * 1.75;
  const double yy = 2.25 * 2.25 + 1.25 * 1.25 + 2.0 * 1.75 * 1.75;
  EXPECT_NEAR(r[0].value, xy / std::sqrt(4.0 * yy), 1e-15);
  EXPECT_EQ(r2[1].value, 1.0) << "exact, and without a weight all genes count the same";
  EXPECT_FALSE(r2[1].undefined_because.empty());
}

TEST(WeightedEffects, GiveTheMeanOfAllPerturbationsNothing) {
  auto input = two();
  input.pred = {2, 3, {2, 3, 2, 2, 3, 2}};
  input.weights = {2, 3, {1, 1, 2, 1, 1, 2}};
  const auto backend = make_test_backend();
  const ProfileCase c(*backend, input);
  EXPECT_LE(c.raw("delta_weighted_r2")[0].value, 0.0);
  EXPECT_FALSE(c.raw("delta_weighted_pearson")[0].undefined_because.empty());
}

}  // namespace
}  // namespace cupel::test
