// Ceilings against their definition (A14).
#include <limits>

#include "models/training_case.hpp"

namespace cupel::test {
namespace {

using namespace cupel::models;

// Two contexts; perturbation "h" is held out in "x", "i" in "y", and "j" in "z", where nothing
// trains.
Training training_with_halves() {
  auto training = training_of({{make_condition("x", {"a"}), {1.0, 2.0, 3.0}, 10.0},
                               {make_condition("x", {"b"}), {3.0, 0.0, 1.0}, 30.0},
                               {make_condition("y", {"a"}), {5.0, 5.0, 5.0}, 20.0}},
                              {{"x", {1.0, 1.0, 1.0}}, {"y", {2.0, 2.0, 2.0}}, {"z", {0, 0, 0}}});
  SecondHalves halves;
  halves.conditions = {make_condition("x", {"h"}), make_condition("y", {"i"}),
                       make_condition("z", {"j"})};
  halves.delta = host(dense_of({{10.0, 20.0, 30.0}, {-1.0, 0.0, 1.0}, {4.0, 4.0, 4.0}}));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  halves.p_adj = host(dense_of({{0.0, 0.25, 1.0}, {nan, 0.5, 0.0}, {0.5, 1.0, nan}}));
  training.second_halves = std::move(halves);
  return training;
}

const std::vector<Condition> kAsked{make_condition("y", {"i"}), make_condition("x", {"h"}),
                                    make_condition("z", {"j"})};

TEST(TechnicalDuplicate, IsTheSecondHalf) {
  const auto training = training_with_halves();
  const auto prediction = fit_model("technical_duplicate", training)->predict(kAsked);
  expect_rows(prediction.delta, dense_of({{-1.0, 0.0, 1.0}, {10.0, 20.0, 30.0}, {4.0, 4.0, 4.0}}),
              0.0);
  EXPECT_EQ(prediction.rung, std::vector<Rung>(3, Rung::kReplicate));
}

// alpha = 1 - p: all of the half where p is 0, the mean of what trains in the context where p is 1
// or was not to be had; in a context where nothing trains, the mean of all.
TEST(InterpolatedDuplicate, LeavesGenesItIsNotSureOfToTheMean) {
  const auto training = training_with_halves();
  const auto by_conditions = fit_model("interpolated_duplicate", training)->predict(kAsked);
  expect_rows(
      by_conditions.delta,
      dense_of(
          {{5.0, 2.5, 1.0}, {10.0, 0.75 * 20.0 + 0.25 * 1.0, 2.0}, {2.0 + 1.5, 7.0 / 3.0, 3.0}}),
      1e-12);
  const auto by_cells =
      fit_model("interpolated_duplicate", training, {{"weighting", "cells"}})->predict(kAsked);
  EXPECT_NEAR(by_cells.delta.view()(1, 2), (10.0 * 3.0 + 30.0 * 1.0) / 40.0, 1e-12);
}

}  // namespace
}  // namespace cupel::test
