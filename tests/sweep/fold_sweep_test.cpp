// Sweeps over folds, against models that are fitted and predict.
#include "sweep/fold_sweep.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cupel/error.hpp"
#include "linalg/products.hpp"
#include "models/features.hpp"
#include "models/training_case.hpp"
#include "sweep/bilinear_sweep.hpp"
#include "sweep/cpu_device.hpp"

namespace cupel::test {
namespace {

using namespace cupel::models;
using namespace cupel::sweep;

// Scores of a model that is fitted to all but each group and whose predictions are written out.
std::vector<Scores> slow_scores(const char* model, const Training& training,
                                const std::map<std::string, std::string>& settings,
                                const Groups& groups) {
  const auto n = training.delta.rows();
  const auto truth = make_truth(training.delta.view());
  std::vector<Scores> result(static_cast<std::size_t>(n));
  for (const auto& group : groups) {
    const Training part = subset(training, all_but(group, n));
    for (const auto row : group) {
      const auto& asked = training.conditions[static_cast<std::size_t>(row)];
      const auto prediction = fit_model(model, part, settings)->predict({&asked, 1});
      score(products_of_profiles(prediction.delta.view(), {row}, training.delta.view()), truth,
            {&result[static_cast<std::size_t>(row)], 1});
    }
  }
  return result;
}

void expect_near(double actual, double expected, double tolerance, const std::string& what) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << what;
  } else {
    EXPECT_NEAR(actual, expected, tolerance) << what;
  }
}

void expect_scores(const Scores& actual, const Scores& expected, const std::string& what) {
  expect_near(actual.mse, expected.mse, 1e-8, what + ": mse");
  expect_near(actual.pearson, expected.pearson, 1e-7, what + ": pearson");
  expect_near(actual.cosine, expected.cosine, 1e-7, what + ": cosine");
  expect_near(actual.pds_l2, expected.pds_l2, 1e-12, what + ": pds_l2");
  expect_near(actual.pds_cosine, expected.pds_cosine, 1e-12, what + ": pds_cosine");
}

TEST(FoldSweep, IsThatOfRidgesFittedToTheRest) {
  const Training training = made_training(2);
  const auto truth = make_truth(training.delta.view());
  const auto groups = folds_of_perturbations(training.conditions, 3, 8);
  for (const auto* power : {"0", "1"}) {
    for (const double penalty : {0.5, 30.0}) {
      const auto slow = slow_scores("ridge", training,
                                    {{"features", "pca:4,context"},
                                     {"lambda", std::to_string(penalty)},
                                     {"weight-power", power}},
                                    groups);
      for (const auto& group : groups) {
        const auto fitted = all_but(group, training.delta.rows());
        const Training part = subset(training, fitted);
        const FeatureSpace space(part, "pca:4,context", {});  // made of the fold alone
        std::vector<Condition> asked;
        for (const auto row : group) {
          asked.push_back(training.conditions[static_cast<std::size_t>(row)]);
        }
        const auto path = KernelPath::of_features(space.rows(part.conditions).values.view(),
                                                  row_weights(part, *power == '1' ? 1.0 : 0.0),
                                                  Intercept::kCentredKernel);
        const auto coordinates = path.coordinates(space.rows(asked).values.view());
        const FoldSweep fold(path, coordinates.view(), fitted, group, truth, cpu_device());
        const auto scores = fold.scores({&penalty, 1});
        for (std::size_t i = 0; i < group.size(); ++i) {
          expect_scores(scores[i], slow[static_cast<std::size_t>(group[i])],
                        "row " + std::to_string(group[i]));
        }
      }
    }
  }
}

TEST(BilinearSweep, IsThatOfFitsToTheRest) {
  // Perturbations G0 to G11 are among the 10 genes only up to G9.
  const Training training = made_training(3, 12, 10);
  const auto groups = folds_of_perturbations(training.conditions, 3, 9);
  const BilinearGrid grid{{2, 5, 8}, {0.1, 20.0}, {0.3, 5.0}};
  for (const auto form : {BilinearForm::kScores, BilinearForm::kLoadings}) {
    const auto swept = sweep_bilinear(form, training, grid, groups, cpu_device());
    ASSERT_EQ(swept.size(), 12U);
    for (const auto& setting : swept) {
      const auto slow = mean_of(slow_scores(
          form == BilinearForm::kScores ? "bilinear_scores" : "bilinear_loadings", training,
          {{"k", std::to_string(setting.dimensions)},
           {"lambda-genes", std::to_string(setting.gene_penalty)},
           {"lambda-perturbations", std::to_string(setting.perturbation_penalty)},
           {"fallback", "none"}},
          groups));
      const auto what = "k " + std::to_string(setting.dimensions) + " genes " +
                        std::to_string(setting.gene_penalty) + " perturbations " +
                        std::to_string(setting.perturbation_penalty);
      expect_scores(setting.scores.mean, slow.mean, what);
      EXPECT_EQ(setting.scores.without_prediction, slow.without_prediction);
      EXPECT_GT(setting.scores.without_prediction, 0);
    }
  }
}

TEST(BilinearSweep, HasTheSameBitsForAnyNumberOfThreads) {
  const Training training = made_training(4);
  const auto groups = folds_of_perturbations(training.conditions, 3, 9);
  const auto results = with_thread_counts([&] {
    std::vector<double> values;
    for (const auto& setting :
         sweep_bilinear(BilinearForm::kScores, training, {{2, 6}, {0.1, 1.0}, {0.1, 1.0}}, groups,
                        cpu_device())) {
      values.push_back(setting.scores.mean.mse);
      values.push_back(setting.scores.mean.pearson);
      values.push_back(setting.scores.mean.pds_l2);
    }
    return values;
  });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

TEST(BilinearSweep, NeedsTheNamesOfGenes) {
  Training training = made_training(5);
  training.genes.clear();
  EXPECT_THROW(static_cast<void>(sweep_bilinear(BilinearForm::kScores, training, {{2}, {1}, {1}},
                                                each_row(training.delta.rows()), cpu_device())),
               Error);
}

}  // namespace
}  // namespace cupel::test
