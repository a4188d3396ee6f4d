#include "models/training_case.hpp"

namespace cupel::test {
namespace {

using namespace cupel::models;

Prediction predict(const char* model, const Training& training, const std::vector<Condition>& asked,
                   const std::map<std::string, std::string>& settings = {}) {
  return fit_model(model, training, settings)->predict(asked);
}

// One gene: effects 1 and 3 of A in two contexts of 10 and 30 cells, 8 of B in the first.
Training small() {
  return training_of({{make_condition("K", {"A"}), {1.0}, 10.0},
                      {make_condition("K", {"B"}), {8.0}, 60.0},
                      {make_condition("R", {"A"}), {3.0}, 30.0}},
                     {{"H", {0.0}}, {"K", {0.0}}, {"R", {0.0}}});
}

TEST(PerturbedMean, WeighsCellsConditionsOrContexts) {
  const std::vector<Condition> asked{make_condition("H", {"Z"})};
  const auto mean = [&](const char* weighting) {
    return predict("perturbed_mean", small(), asked, {{"weighting", weighting}}).delta.view()(0, 0);
  };
  EXPECT_DOUBLE_EQ(mean("cells"), 5.8);
  EXPECT_DOUBLE_EQ(mean("conditions"), 4.0);
  EXPECT_DOUBLE_EQ(mean("contexts"), 3.75);
}

TEST(PerturbationMean, SaysWhichRungFired) {
  const std::vector<Condition> asked{make_condition("K", {"A"}), make_condition("H", {"A"}),
                                     make_condition("H", {"A", "B"}),
                                     make_condition("H", {"A", "Z"}), make_condition("H", {"Z"})};
  const std::vector<Rung> global{Rung::kExact, Rung::kOtherContext, Rung::kComposed,
                                 Rung::kPartComposed, Rung::kGlobal};
  EXPECT_EQ(predict("perturbation_mean", small(), asked).rung, global);
  const auto zero = predict("perturbation_mean", small(), asked, {{"missing", "zero"}});
  EXPECT_EQ(zero.rung.back(), Rung::kNoChange);
  EXPECT_EQ(zero.delta.view()(4, 0), 0.0);
  EXPECT_DOUBLE_EQ(zero.delta.view()(2, 0), 10.0);
  EXPECT_DOUBLE_EQ(zero.delta.view()(3, 0), 2.0);
}

TEST(PerturbationMean, ShrinksTowardsAllByItsCells) {
  const std::vector<Condition> asked{make_condition("H", {"A"})};
  // 40 cells of A against 40 of shrinkage: half of 2 (its mean), half of 3.75 (that of all).
  EXPECT_DOUBLE_EQ(
      predict("perturbation_mean", small(), asked, {{"shrink", "40"}}).delta.view()(0, 0), 2.875);
}

TEST(PerturbationMean, TrustsTheLikestContextMost) {
  const Training training =
      training_of({{make_condition("K", {"A"}), {1.0, 0.0, 0.0}},
                   {make_condition("R", {"A"}), {3.0, 0.0, 0.0}}},
                  {{"H", {1.0, 2.0, 3.1}}, {"K", {1.0, 2.0, 3.0}}, {"R", {3.0, 1.0, 2.0}}});
  const std::vector<Condition> asked{make_condition("H", {"A"})};
  const auto effect = [&](const char* tau) {
    return predict("perturbation_mean", training, asked,
                   {{"weighting", "similarity"}, {"tau", tau}})
        .delta.view()(0, 0);
  };
  EXPECT_NEAR(effect("0.01"), 1.0, 1e-9);
  EXPECT_NEAR(effect("1e9"), 2.0, 1e-6);
  // By the definition at tau = 1: correlations of H with K and R.
  const double like_k = 3.1 * 3.0 + 4.0 + 1.0 - 6.1 * 2.0;
  const double h = std::sqrt(1.0 + 4.0 + 9.61 - 6.1 * 6.1 / 3.0);
  const double r_k = like_k / (h * std::sqrt(2.0));
  const double r_r = (3.0 + 2.0 + 6.2 - 6.1 * 2.0) / (h * std::sqrt(2.0));
  const double weight_k = std::exp(r_k) / (std::exp(r_k) + std::exp(r_r));
  EXPECT_NEAR(effect("1"), weight_k + 3.0 * (1.0 - weight_k), 1e-12);
}

TEST(PerturbationMean, ScalesByAFewShotsOfTheContext) {
  // In H, B is half of what it is in K; so A is expected at half of its mean elsewhere.
  const Training training = training_of({{make_condition("K", {"A"}), {4.0}},
                                         {make_condition("K", {"B"}), {6.0}},
                                         {make_condition("H", {"B"}), {3.0}}},
                                        {{"H", {0.0}}, {"K", {0.0}}});
  const std::vector<Condition> asked{make_condition("H", {"A"})};
  EXPECT_DOUBLE_EQ(
      predict("perturbation_mean", training, asked, {{"scale", "few-shot"}}).delta.view()(0, 0),
      2.0);
}

TEST(Additive, PrefersItsOwnContext) {
  const std::vector<Condition> asked{make_condition("R", {"A", "B"}), make_condition("R", {"A"})};
  const auto prediction = predict("additive", small(), asked);
  EXPECT_DOUBLE_EQ(prediction.delta.view()(0, 0), 11.0);  // 3 of A in R, 8 of B in K
  EXPECT_DOUBLE_EQ(prediction.delta.view()(1, 0), 3.0);
  EXPECT_EQ(prediction.rung[1], Rung::kExact);
}

TEST(Additive, OfUnknownMembersAloneGuessesOnce) {
  const std::vector<Condition> asked{make_condition("K", {"Y", "Z"})};
  const auto prediction = predict("additive", small(), asked);
  EXPECT_DOUBLE_EQ(prediction.delta.view()(0, 0), 4.0);
  EXPECT_EQ(prediction.rung[0], Rung::kGlobal);
}

TEST(Additive, FindsTheDoseAskedFor) {
  const Training training = training_of(
      {{make_condition("K", {"A"}, 1.0), {1.0}}, {make_condition("K", {"A"}, 10.0), {5.0}}},
      {{"K", {0.0}}});
  const std::vector<Condition> asked{make_condition("K", {"A"}, 10.0), make_condition("K", {"A"}),
                                     make_condition("K", {"A"}, 3.0)};
  const auto prediction = predict("additive", training, asked);
  EXPECT_DOUBLE_EQ(prediction.delta.view()(0, 0), 5.0);
  EXPECT_DOUBLE_EQ(prediction.delta.view()(1, 0), 3.0);
  EXPECT_DOUBLE_EQ(prediction.delta.view()(2, 0), 3.0);
}

// A combination's members each count at their own dose (A6 d), and a combination at other doses is
// another condition.
TEST(Additive, AddsMembersAtTheirOwnDoses) {
  const auto pair = [](double a, double b) {
    auto condition = make_condition("K", {"A", "B"});
    condition.doses = {a, b};
    return condition;
  };
  const Training training = training_of({{make_condition("K", {"A"}, 1.0), {1.0}},
                                         {make_condition("K", {"A"}, 10.0), {5.0}},
                                         {make_condition("K", {"B"}, 1.0), {100.0}},
                                         {make_condition("K", {"B"}, 10.0), {500.0}},
                                         {pair(1.0, 10.0), {7.0}},
                                         {pair(10.0, 1.0), {9.0}}},
                                        {{"K", {0.0}}});
  const std::vector<Condition> asked{pair(1.0, 10.0), pair(10.0, 1.0),
                                     make_condition("K", {"A", "B"}, 10.0), pair(3.0, 1.0)};
  const auto sums = predict("additive", training, asked);
  EXPECT_DOUBLE_EQ(sums.delta.view()(0, 0), 501.0);
  EXPECT_DOUBLE_EQ(sums.delta.view()(1, 0), 105.0);
  EXPECT_DOUBLE_EQ(sums.delta.view()(2, 0), 505.0);
  EXPECT_DOUBLE_EQ(sums.delta.view()(3, 0), 103.0) << "a dose that was not seen: all there are";
  const auto means = predict("matching_mean", training, asked);
  EXPECT_DOUBLE_EQ(means.delta.view()(0, 0), 250.5);
  const auto own = predict("perturbation_mean", training, asked);
  EXPECT_DOUBLE_EQ(own.delta.view()(0, 0), 7.0);
  EXPECT_DOUBLE_EQ(own.delta.view()(1, 0), 9.0);
  EXPECT_DOUBLE_EQ(own.delta.view()(3, 0), 8.0);
}

TEST(Additive, OfPlantedSumsIsExact) {
  const Training training = training_of(
      {{make_condition("K", {"A"}), {1.0, 2.0}}, {make_condition("K", {"B"}), {0.5, -1.0}}},
      {{"K", {1.0, 1.0}}});
  const std::vector<Condition> asked{make_condition("K", {"A", "B"})};
  EXPECT_EQ(row_of(predict("additive", training, asked).delta, 0), (std::vector<double>{1.5, 1.0}));
}

TEST(FittedAdditive, RecoversASingleSeenOnlyInCombinations) {
  // A = 1, B = 2, C = 4, of which C was never alone.
  const Training training = training_of({{make_condition("K", {"A"}), {1.0}, 5.0},
                                         {make_condition("K", {"B"}), {2.0}, 9.0},
                                         {make_condition("K", {"A", "C"}), {5.0}, 2.0},
                                         {make_condition("K", {"B", "C"}), {6.0}, 3.0}},
                                        {{"K", {0.0}}});
  const std::vector<Condition> asked{make_condition("K", {"C"}), make_condition("K", {"A", "B"}),
                                     make_condition("K", {"Z"})};
  const auto prediction = predict("fitted_additive", training, asked);
  EXPECT_NEAR(prediction.delta.view()(0, 0), 4.0, 1e-10);
  EXPECT_NEAR(prediction.delta.view()(1, 0), 3.0, 1e-10);
  EXPECT_EQ(prediction.rung[2], Rung::kGlobal);
}

TEST(FittedAdditive, IsTheWeightedRidgeOfItsDefinition) {
  // One perturbation in two conditions: w = sum n y / (sum n + lambda).
  const Training training = training_of(
      {{make_condition("K", {"A"}), {1.0}, 10.0}, {make_condition("R", {"A"}), {3.0}, 30.0}},
      {{"K", {0.0}}, {"R", {0.0}}});
  const std::vector<Condition> asked{make_condition("K", {"A"})};
  EXPECT_NEAR(predict("fitted_additive", training, asked, {{"lambda", "10"}}).delta.view()(0, 0),
              100.0 / 50.0, 1e-12);
}

TEST(ScaledAdditive, WithoutCombinationsIsAdditive) {
  const std::vector<Condition> asked{make_condition("K", {"A", "B"})};
  EXPECT_DOUBLE_EQ(predict("scaled_additive", small(), asked).delta.view()(0, 0), 9.0);
}

}  // namespace
}  // namespace cupel::test
