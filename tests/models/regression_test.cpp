// Regressions on features, against refits from the definition.
#include <algorithm>
#include <numeric>

#include "models/elastic_net.hpp"
#include "models/features.hpp"
#include "models/kernel_path.hpp"
#include "models/kernels.hpp"
#include "models/nearest_neighbours.hpp"
#include "models/training_case.hpp"

namespace cupel::test {
namespace {

using namespace cupel::models;

// a · x = b by Gaussian elimination with row exchange.
Dense solved(Dense a, Dense b) {
  for (std::int64_t k = 0; k < a.rows; ++k) {
    std::int64_t pivot = k;
    for (auto i = k; i < a.rows; ++i) {
      if (std::abs(a(i, k)) > std::abs(a(pivot, k))) pivot = i;
    }
    for (std::int64_t j = 0; j < a.cols; ++j) std::swap(a(k, j), a(pivot, j));
    for (std::int64_t j = 0; j < b.cols; ++j) std::swap(b(k, j), b(pivot, j));
    for (std::int64_t i = 0; i < a.rows; ++i) {
      if (i == k) continue;
      const double factor = a(i, k) / a(k, k);
      for (std::int64_t j = 0; j < a.cols; ++j) a(i, j) -= factor * a(k, j);
      for (std::int64_t j = 0; j < b.cols; ++j) b(i, j) -= factor * b(k, j);
    }
  }
  for (std::int64_t k = 0; k < a.rows; ++k) {
    for (std::int64_t j = 0; j < b.cols; ++j) b(k, j) /= a(k, k);
  }
  return b;
}

// Weighted ridge with an intercept that is not penalised, by its normal equations.
Dense slow_ridge(const Dense& x, const Dense& y, const std::vector<double>& weight, double penalty,
                 const Dense& asked) {
  Dense a = zeros(x.cols + 1, x.cols + 1);
  Dense b = zeros(x.cols + 1, y.cols);
  const auto feature = [&](const Dense& rows, std::int64_t i, std::int64_t k) {
    return k == x.cols ? 1.0 : rows(i, k);
  };
  for (std::int64_t i = 0; i < x.rows; ++i) {
    const double w = weight[static_cast<std::size_t>(i)];
    for (std::int64_t k = 0; k <= x.cols; ++k) {
      for (std::int64_t j = 0; j <= x.cols; ++j) a(k, j) += w * feature(x, i, k) * feature(x, i, j);
      for (std::int64_t g = 0; g < y.cols; ++g) b(k, g) += w * feature(x, i, k) * y(i, g);
    }
  }
  for (std::int64_t k = 0; k < x.cols; ++k) a(k, k) += penalty;
  const Dense w = solved(a, b);
  Dense predicted = zeros(asked.rows, y.cols);
  for (std::int64_t i = 0; i < asked.rows; ++i) {
    for (std::int64_t k = 0; k <= x.cols; ++k) {
      for (std::int64_t g = 0; g < y.cols; ++g) predicted(i, g) += feature(asked, i, k) * w(k, g);
    }
  }
  return predicted;
}

Dense product(const Dense& a, const Dense& b) {
  Dense result = zeros(a.rows, b.cols);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t k = 0; k < a.cols; ++k) {
      for (std::int64_t j = 0; j < b.cols; ++j) result(i, j) += a(i, k) * b(k, j);
    }
  }
  return result;
}

TEST(KernelPath, IsTheRidgeOfItsNormalEquations) {
  for (const std::int64_t features : {1, 4, 9, 25}) {  // fewer and more than the 12 rows
    const Dense x = random_matrix(12, features, 1);
    const Dense y = random_matrix(12, 3, 2);
    const Dense asked = random_matrix(5, features, 3);
    std::vector<double> weight(12);
    std::iota(weight.begin(), weight.end(), 1.0);
    const auto path = KernelPath::of_features(view(x), weight, Intercept::kCentredKernel);
    const auto coordinates = path.coordinates(view(asked));
    for (const double penalty : {0.1, 1.0, 50.0}) {
      const auto w = path.weights(coordinates.view(), penalty);
      expect_rows(host(product(dense_from(w), y)), slow_ridge(x, y, weight, penalty, asked), 1e-9);
      // The hat matrix's diagonal: the weight of each row on itself.
      const auto own = path.weights(path.coordinates(view(x)).view(), penalty);
      const auto hat = path.hat_diagonal(penalty);
      for (std::int64_t i = 0; i < 12; ++i) {
        EXPECT_NEAR(hat[static_cast<std::size_t>(i)], own.view()(i, i), 1e-10);
      }
    }
  }
}

TEST(KernelPath, OfALinearKernelIsThatOfItsFeatures) {
  const Dense x = random_matrix(10, 4, 4);
  const Dense asked = random_matrix(3, 4, 5);
  std::vector<double> weight(10);
  std::iota(weight.begin(), weight.end(), 1.0);
  for (const auto intercept :
       {Intercept::kCentredKernel, Intercept::kCentredTargets, Intercept::kNone}) {
    const auto kernel = kernel_matrix(Kernel::kLinear, view(x), view(x), 0.0);
    const auto cross = kernel_matrix(Kernel::kLinear, view(asked), view(x), 0.0);
    const auto a = KernelPath::of_kernel(kernel.view(), weight, intercept);
    const auto b = KernelPath::of_features(view(x), weight, intercept);
    EXPECT_EQ(a.values().size(), 4U);
    expect_rows(a.weights(a.coordinates(cross.view()).view(), 2.0),
                dense_from(b.weights(b.coordinates(view(asked)).view(), 2.0)), 1e-10);
  }
}

TEST(KernelPath, OfFeaturesThatDoNotVaryPredictsTheMean) {
  const Dense x = dense_of({{1, 2}, {1, 2}, {1, 2}});
  const auto path =
      KernelPath::of_features(view(x), std::vector<double>{1, 2, 1}, Intercept::kCentredKernel);
  EXPECT_EQ(path.values().size(), 0U);
  const auto weights = path.weights(path.coordinates(view(dense_of({{9, 9}}))).view(), 0.0);
  EXPECT_EQ(row_of(weights, 0), (std::vector<double>{0.25, 0.5, 0.25}));
}

TEST(Ridge, PicksUpPlantedCoefficients) {
  Training training = made_training(20, 12, 6);
  const Dense truth = random_matrix(12, 6, 21);
  FeatureSpace space(training, "table:go", {});
  const auto rows = space.rows(training.conditions);
  training.delta = host(product(dense_from(rows.values), truth));
  const std::vector<Condition> asked{make_condition("C0", {"G12"}), make_condition("C1", {"G13"})};
  const auto wanted = product(dense_from(space.rows(asked).values), truth);
  const std::map<std::string, std::string> settings{{"features", "table:go"}, {"lambda", "1e-9"}};
  expect_rows(fit_model("ridge", training, settings)->predict(asked).delta, wanted, 1e-6);
  // And through a linear kernel.
  auto of_kernel = settings;
  of_kernel["kernel"] = "linear";
  expect_rows(fit_model("kernel_ridge", training, of_kernel)->predict(asked).delta, wanted, 1e-6);
}

TEST(Ridge, WeighsConditionsByTheirCells) {
  const Training training = made_training(22);
  const FeatureSpace space(training, "table:go,context", {});
  const std::vector<Condition> asked{make_condition("C1", {"G3"})};
  for (const auto& [power, exponent] : {std::pair{"0", 0.0}, {"0.5", 0.5}, {"1", 1.0}}) {
    const auto prediction =
        fit_model("ridge", training,
                  {{"features", "table:go,context"}, {"lambda", "3"}, {"weight-power", power}})
            ->predict(asked);
    expect_rows(
        prediction.delta,
        slow_ridge(dense_from(space.rows(training.conditions).values), dense_from(training.delta),
                   row_weights(training, exponent), 3.0, dense_from(space.rows(asked).values)),
        1e-9);
  }
}

TEST(Ridge, CountsItsPenaltyInMeanDiagonals) {
  const Training training = made_training(23);
  const std::vector<Condition> asked{make_condition("C1", {"G3"})};
  const FeatureSpace space(training, "table:go", {});
  const double n = static_cast<double>(training.conditions.size());  // of standardised columns
  const auto relative =
      fit_model("ridge", training,
                {{"features", "table:go"}, {"lambda", "0.5"}, {"lambda-unit", "mean-diagonal"}})
          ->predict(asked);
  const auto absolute =
      fit_model("ridge", training, {{"features", "table:go"}, {"lambda", std::to_string(0.5 * n)}})
          ->predict(asked);
  expect_rows(relative.delta, dense_from(absolute.delta), 1e-9);
}

TEST(Features, FallBackWhereAPerturbationHasNone) {
  const Training training = made_training(24);
  const std::vector<Condition> asked{make_condition("C0", {"G0", "unheard"}),
                                     make_condition("C0", {"unheard"})};
  const auto rung = [&](const char* unknown, const char* fallback) {
    return fit_model("ridge", training,
                     {{"features", "table:go"}, {"unknown", unknown}, {"fallback", fallback}})
        ->predict(asked)
        .rung;
  };
  EXPECT_EQ(rung("abstain", "global"), (std::vector<Rung>{Rung::kGlobal, Rung::kGlobal}));
  EXPECT_EQ(rung("abstain", "none"), (std::vector<Rung>{Rung::kNone, Rung::kNone}));
  EXPECT_EQ(rung("mean", "global"), (std::vector<Rung>{Rung::kFeatures, Rung::kFeatures}));
  const auto none = fit_model("ridge", training, {{"features", "table:go"}, {"fallback", "none"}})
                        ->predict(asked);
  EXPECT_TRUE(std::isnan(none.delta.view()(0, 0)));
}

TEST(Features, OfACombinationAreTheirSumOrMean) {
  const Training training = made_training(25);
  const std::vector<Condition> asked{make_condition("C0", {"G0"}), make_condition("C0", {"G1"}),
                                     make_condition("C0", {"G0", "G1"})};
  FeatureChoices choices;
  choices.standardise = false;
  const auto sums = FeatureSpace(training, "table:go", choices).rows(asked);
  choices.mean_of_members = true;
  const auto means = FeatureSpace(training, "table:go", choices).rows(asked);
  for (std::int64_t k = 0; k < 12; ++k) {
    const double both = sums.values.view()(0, k) + sums.values.view()(1, k);
    EXPECT_DOUBLE_EQ(sums.values.view()(2, k), both);
    EXPECT_DOUBLE_EQ(means.values.view()(2, k), both / 2.0);
  }
}

// |a - b| and a * b of every pair of members, from their definition.
TEST(Features, OfPairsAreDifferencesAndProducts) {
  Training training = made_training(25);
  const auto of = [&](const std::string& blocks, const FeatureChoices& choices,
                      const std::vector<std::string>& members) {
    const std::vector<Condition> asked{make_condition("C0", members)};
    const auto rows = FeatureSpace(training, blocks, choices).rows(asked);
    return std::pair(row_of(rows.values, 0), rows.known[0]);
  };
  FeatureChoices plain;
  plain.standardise = false;
  FeatureChoices mean = plain;
  mean.mean_of_members = true;
  const auto a = of("table:go", plain, {"G0"}).first;
  const auto b = of("table:go", plain, {"G1"}).first;
  const auto c = of("table:go", plain, {"G2"}).first;
  const auto difference = of("difference:table:go", plain, {"G0", "G1"}).first;
  const auto product = of("product:table:go", plain, {"G0", "G1"}).first;
  const auto three = of("product:table:go", plain, {"G0", "G1", "G2"}).first;
  const auto three_mean = of("difference:table:go", mean, {"G0", "G1", "G2"}).first;
  for (std::size_t k = 0; k < 12; ++k) {
    EXPECT_DOUBLE_EQ(difference[k], std::abs(a[k] - b[k]));
    EXPECT_DOUBLE_EQ(product[k], a[k] * b[k]);
    EXPECT_NEAR(three[k], a[k] * b[k] + a[k] * c[k] + b[k] * c[k], 1e-14);
    EXPECT_NEAR(three_mean[k],
                (std::abs(a[k] - b[k]) + std::abs(a[k] - c[k]) + std::abs(b[k] - c[k])) / 3.0,
                1e-14);
  }
  EXPECT_EQ(of("difference:table:go:3,product:table:go:3", plain, {"G0"}).first,
            std::vector<double>(6, 0.0))
      << "a single has no pair";
  EXPECT_EQ(of("difference:table:go:3,product:table:go:3", plain, {"G0", "G1"}).first.size(), 6U);
  // A member without features.
  EXPECT_EQ(of("product:table:go", plain, {"G0", "unheard"}).second, 0);
  FeatureChoices zero = plain;
  zero.unknown = Unknown::kZero;
  EXPECT_EQ(of("product:table:go", zero, {"G0", "unheard"}).first, std::vector<double>(12, 0.0));
  EXPECT_TRUE(FeatureSpace(training, "difference:pca:2", {}).learns_from_profiles());
  for (const auto* odd : {"difference:context", "product:dose", "difference", "product:product:go",
                          "difference:table"}) {
    EXPECT_THROW(FeatureSpace(training, odd, {}), Error) << odd;
  }
}

// A planted interaction: pairs deviate from the sum of their members by w * a * b.
TEST(Ridge, PicksUpAPlantedInteraction) {
  const Dense go = random_matrix(14, 3, 91);
  std::vector<Seen> seen;
  const auto truth = [&](std::int64_t a, std::int64_t b) {
    double value = 0.0;
    for (std::int64_t k = 0; k < 3; ++k) {
      value += go(a, k) * static_cast<double>(k + 1);
      if (b >= 0) value += go(b, k) * static_cast<double>(k + 1) - 2.0 * go(a, k) * go(b, k);
    }
    return std::vector<double>{value};
  };
  const auto name = [](std::int64_t p) { return "G" + std::to_string(10 + p); };
  for (std::int64_t a = 0; a < 14; ++a) {
    seen.push_back({make_condition("K", {name(a)}), truth(a, -1)});
    for (std::int64_t b = a + 1; b < 14; ++b) {
      if ((a + b) % 3 != 0) seen.push_back({make_condition("K", {name(a), name(b)}), truth(a, b)});
    }
  }
  Training training = training_of(seen, {{"K", {0.0}}});
  FeatureTable table;
  table.values = host(go);
  for (std::int64_t p = 0; p < 14; ++p) table.row.emplace(name(p), p);
  training.tables.emplace("go", std::move(table));
  const std::vector<Condition> asked{make_condition("K", {name(1), name(2)}),
                                     make_condition("K", {name(0), name(3)})};
  const auto with =
      fit_model("ridge", training, {{"features", "table:go,product:table:go"}, {"lambda", "1e-8"}})
          ->predict(asked);
  const auto without =
      fit_model("ridge", training, {{"features", "table:go"}, {"lambda", "1e-8"}})->predict(asked);
  EXPECT_NEAR(with.delta.view()(0, 0), truth(1, 2)[0], 1e-5);
  EXPECT_NEAR(with.delta.view()(1, 0), truth(0, 3)[0], 1e-5);
  EXPECT_GT(std::abs(without.delta.view()(0, 0) - truth(1, 2)[0]), 0.05);
}

TEST(Features, AreStandardisedOverTraining) {
  const Training training = made_training(26);
  const auto rows =
      FeatureSpace(training, "one-hot,table:go:4,context,context-pca:2,interaction:3x2", {})
          .rows(training.conditions);
  EXPECT_EQ(rows.values.cols(), 12 + 4 + 3 + 2 + 6);
  const auto n = static_cast<double>(rows.values.rows());
  for (std::int64_t k = 0; k < rows.values.cols(); ++k) {
    double sum = 0.0;
    double squares = 0.0;
    for (std::int64_t i = 0; i < rows.values.rows(); ++i) {
      sum += rows.values.view()(i, k);
      squares += rows.values.view()(i, k) * rows.values.view()(i, k);
    }
    EXPECT_NEAR(sum / n, 0.0, 1e-10) << "column " << k;
    EXPECT_NEAR(squares / n, 1.0, 1e-9) << "column " << k;
  }
}

// "A" at five doses.
std::vector<Seen> seen_at_doses() {
  std::vector<Seen> seen;
  for (const double dose : {0.1, 1.0, 10.0, 100.0, 1000.0}) {
    seen.push_back({make_condition("K", {"A"}, dose), {0.0}});
  }
  return seen;
}

TEST(Features, OfDosesBendAtQuantiles) {
  const Training training = training_of(seen_at_doses(), {{"K", {0.0}}});
  FeatureChoices choices;
  choices.standardise = false;
  const std::vector<Condition> asked{make_condition("K", {"A"}, 100.0), make_condition("K", {"A"})};
  const auto rows = FeatureSpace(training, "dose", choices).rows(asked);
  EXPECT_EQ(row_of(rows.values, 0), (std::vector<double>{1.0, 2.0, 1.0, 0.0}));
  EXPECT_EQ(row_of(rows.values, 1), (std::vector<double>{0.0, 1.0, 0.0, 0.0}));
}

// Members with doses of their own: the mean of what each alone would have.
TEST(Features, OfDosesThatDifferAreTheirMean) {
  const Training training = training_of(seen_at_doses(), {{"K", {0.0}}});
  FeatureChoices choices;
  choices.standardise = false;
  auto apart = make_condition("K", {"A", "B"});
  apart.doses = {1000.0, 10.0};
  const std::vector<Condition> asked{make_condition("K", {"A"}, 1000.0),
                                     make_condition("K", {"B"}, 10.0), apart};
  const auto rows = FeatureSpace(training, "dose", choices).rows(asked);
  for (std::int64_t k = 0; k < 4; ++k) {
    EXPECT_DOUBLE_EQ(rows.values.view()(2, k),
                     (rows.values.view()(0, k) + rows.values.view()(1, k)) / 2.0);
  }
  // And they are part of what doses are centred by.
  auto more = seen_at_doses();
  more.push_back({apart, {0.0}});
  const auto shifted = FeatureSpace(training_of(more, {{"K", {0.0}}}), "dose", choices).rows(asked);
  EXPECT_NEAR(shifted.values.view()(1, 0), 1.0 - (5.0 + 4.0) / 7.0, 1e-12);
}

TEST(Features, LearnedFromProfilesSaySo) {
  const Training training = made_training(27);
  EXPECT_TRUE(FeatureSpace(training, "pca:3", {}).learns_from_profiles());
  EXPECT_FALSE(FeatureSpace(training, "table:go", {}).learns_from_profiles());
}

// A product of linear kernels is the linear kernel of all products of features.
TEST(KernelRidge, MultipliesKernelsOfPerturbationAndContext) {
  const Training training = made_training(28);
  const std::vector<Condition> asked{make_condition("C2", {"G3"}), make_condition("C1", {"G12"})};
  FeatureChoices plain;
  plain.standardise = false;
  const auto both = [&](const std::vector<Condition>& conditions) {
    const auto a = FeatureSpace(training, "table:go", plain).rows(conditions);
    const auto b = FeatureSpace(training, "context-pca:2", plain).rows(conditions);
    Dense result = zeros(a.values.rows(), a.values.cols() * b.values.cols());
    for (std::int64_t i = 0; i < result.rows; ++i) {
      for (std::int64_t k = 0; k < result.cols; ++k) {
        result(i, k) =
            a.values.view()(i, k / b.values.cols()) * b.values.view()(i, k % b.values.cols());
      }
    }
    return result;
  };
  const auto prediction = fit_model("kernel_ridge", training,
                                    {{"features", "table:go"},
                                     {"standardise", "no"},
                                     {"kernel", "linear"},
                                     {"context-features", "context-pca:2"},
                                     {"context-kernel", "linear"},
                                     {"lambda", "2"}})
                              ->predict(asked);
  expect_rows(prediction.delta,
              slow_ridge(both(training.conditions), dense_from(training.delta),
                         row_weights(training, 0.0), 2.0, both(asked)),
              1e-8);
}

TEST(Kernels, HaveTheValuesOfTheirDefinitions) {
  const Dense a = dense_of({{1, 2}});
  const Dense b = dense_of({{3, 1}});
  const auto value = [&](Kernel kernel) {
    return kernel_matrix(kernel, view(a), view(b), 0.5).view()(0, 0);
  };
  EXPECT_DOUBLE_EQ(value(Kernel::kLinear), 5.0);
  EXPECT_DOUBLE_EQ(value(Kernel::kRbf), std::exp(-2.5));
  EXPECT_DOUBLE_EQ(value(Kernel::kPolynomial), 3.5 * 3.5);
  EXPECT_DOUBLE_EQ(value(Kernel::kTanimoto), 2.0 / 5.0);
  EXPECT_DOUBLE_EQ(median_squared_distance(view(dense_of({{0}, {1}, {3}}))), 4.0);
  EXPECT_DOUBLE_EQ(median_squared_distance(view(dense_of({{0}, {1}, {3}, {7}}))), 12.5);
}

TEST(NearestNeighbours, OfATrainingPointIsThatPoint) {
  const Training training = made_training(29);
  const auto prediction =
      fit_model("nearest_neighbours", training, {{"features", "table:go,context"}, {"k", "1"}})
          ->predict(training.conditions);
  expect_rows(prediction.delta, dense_from(training.delta), 0.0);
}

TEST(NearestNeighbours, StaysInItsContextWhereItCan) {
  const Training training =
      training_of({{make_condition("K", {"A"}), {1.0}}, {make_condition("R", {"B"}), {2.0}}},
                  {{"H", {0.0}}, {"K", {0.0}}, {"R", {0.0}}});
  const auto nearest = [&](const char* context, const char* perturbation, const char* rule) {
    const std::vector<Condition> asked{make_condition(context, {perturbation})};
    return fit_model("nearest_neighbours", training,
                     {{"features", "one-hot"}, {"k", "1"}, {"context", rule}})
        ->predict(asked)
        .delta.view()(0, 0);
  };
  EXPECT_EQ(nearest("K", "B", "own-first"), 1.0);
  EXPECT_EQ(nearest("K", "B", "any"), 2.0);
  EXPECT_EQ(nearest("H", "B", "own-first"), 2.0);
}

TEST(NearestNeighbours, WeighsByDistance) {
  const std::vector<double> distance{2.0, 1.0, 1.0, 0.0, 0.0};
  const std::vector<std::int64_t> all{0, 1, 2, 3, 4};
  const auto weights = [&](std::span<const std::int64_t> among, NeighbourWeight weight,
                           std::int64_t k) {
    NeighbourChoices choices;
    choices.k = k;
    choices.weight = weight;
    std::vector<double> result(5, 0.0);
    neighbour_weights(distance.data(), among, choices, result.data());
    return result;
  };
  const std::vector<std::int64_t> apart{0, 1, 2};
  EXPECT_EQ(weights(apart, NeighbourWeight::kUniform, 2),
            (std::vector<double>{0.0, 0.5, 0.5, 0.0, 0.0}));
  EXPECT_EQ(weights(apart, NeighbourWeight::kInverse, 3),
            (std::vector<double>{0.2, 0.4, 0.4, 0.0, 0.0}));
  EXPECT_EQ(weights(all, NeighbourWeight::kInverse, 3),
            (std::vector<double>{0.0, 0.0, 0.0, 0.5, 0.5}));
  EXPECT_EQ(weights(apart, NeighbourWeight::kUniform, 1),
            (std::vector<double>{0.0, 1.0, 0.0, 0.0, 0.0}))
      << "of equal distances the lower row comes first";
  const auto soft = weights(apart, NeighbourWeight::kSoftmax, 2);
  EXPECT_DOUBLE_EQ(soft[1], 0.5);
}

// The conditions for a minimum: the gradient of the error is balanced by the penalty's.
TEST(ElasticNet, StandsAtItsMinimum) {
  const Dense x = random_matrix(30, 50, 30);
  const Dense y = random_matrix(30, 7, 31);
  const double alpha = 0.07;
  const double ratio = 0.6;
  const auto net = fit_elastic_net(view(x), view(y), alpha, ratio);
  EXPECT_EQ(net.unfinished, 0);
  for (std::int64_t g = 0; g < y.cols; ++g) {
    std::vector<double> residual;
    for (std::int64_t i = 0; i < x.rows; ++i) {
      double fitted = net.intercept[static_cast<std::size_t>(g)];
      for (std::int64_t k = 0; k < x.cols; ++k) fitted += x(i, k) * net.coefficients.view()(g, k);
      residual.push_back(y(i, g) - fitted);
    }
    EXPECT_NEAR(std::accumulate(residual.begin(), residual.end(), 0.0), 0.0, 1e-10);
    for (std::int64_t k = 0; k < x.cols; ++k) {
      double slope = 0.0;
      for (std::int64_t i = 0; i < x.rows; ++i)
        slope += x(i, k) * residual[static_cast<std::size_t>(i)];
      slope /= static_cast<double>(x.rows);
      const double w = net.coefficients.view()(g, k);
      if (w == 0.0) {
        EXPECT_LE(std::abs(slope), alpha * ratio + 1e-9);
      } else {
        EXPECT_NEAR(slope, alpha * ratio * (w > 0.0 ? 1.0 : -1.0) + alpha * (1.0 - ratio) * w,
                    1e-9);
      }
    }
  }
}

TEST(ElasticNet, SaysWhichGenesDidNotConverge) {
  const Dense x = random_matrix(10, 30, 32);
  const Dense y = random_matrix(10, 3, 33);
  EXPECT_EQ(fit_elastic_net(view(x), view(y), 1e-4, 0.5, 1e-12, 2).unfinished, 3);
}

TEST(BilinearModels, AbstainWhereTheTargetIsNotMeasured) {
  const Training training = made_training(34);
  const std::vector<Condition> asked{make_condition("C0", {"G30"}),
                                     make_condition("C0", {"unheard"})};
  for (const auto* model : {"bilinear_scores", "bilinear_loadings"}) {
    EXPECT_EQ(fit_model(model, training)->predict(asked).rung,
              (std::vector<Rung>{Rung::kFeatures, Rung::kGlobal}));
    const auto none = fit_model(model, training, {{"fallback", "none"}})->predict(asked);
    EXPECT_EQ(none.rung[1], Rung::kNone);
    EXPECT_TRUE(std::isnan(none.delta.view()(1, 0)));
  }
}

TEST(BilinearModels, TakePerturbationsFromATable) {
  const Training training = made_training(35);
  const std::vector<Condition> asked{make_condition("C0", {"G13"})};
  const auto own = fit_model("bilinear_scores", training)->predict(asked);
  const auto from_table =
      fit_model("bilinear_scores", training, {{"perturbations", "go"}})->predict(asked);
  EXPECT_EQ(from_table.rung[0], Rung::kFeatures);
  EXPECT_NE(row_of(own.delta, 0), row_of(from_table.delta, 0));
  EXPECT_THROW(static_cast<void>(fit_model("bilinear_scores", training, {{"perturbations", "x"}})),
               std::runtime_error);
}

}  // namespace
}  // namespace cupel::test
