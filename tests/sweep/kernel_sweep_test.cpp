// Sweeps in the space of inner products, against refits that predict.
#include "sweep/kernel_sweep.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cupel/error.hpp"
#include "linalg/products.hpp"
#include "models/kernels.hpp"
#include "models/training_case.hpp"
#include "sweep/cpu_device.hpp"
#include "sweep/slow_scores.hpp"

namespace cupel::test {
namespace {

using namespace cupel::models;
using namespace cupel::sweep;

// Among all rows of the truth.
Scores slow_scores(const std::vector<double>& p, const Dense& truth, std::int64_t own) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(truth.rows));
  std::iota(all.begin(), all.end(), 0);
  return scores_by_definition(p, truth, own, all);
}

void expect_scores(const Scores& actual, const Scores& expected, double tolerance,
                   const std::string& what) {
  EXPECT_NEAR(actual.mse, expected.mse, tolerance * std::max(1.0, expected.mse)) << what;
  EXPECT_NEAR(actual.pearson, expected.pearson, tolerance) << what;
  EXPECT_NEAR(actual.cosine, expected.cosine, tolerance) << what;
  EXPECT_NEAR(actual.pds_l2, expected.pds_l2, 1e-12) << what;
  EXPECT_NEAR(actual.pds_cosine, expected.pds_cosine, 1e-12) << what;
}

// What a fit to all rows but a group's predicts for them.
Dense refitted(const Dense& kernel, const Dense& y, const std::vector<double>& weight,
               const std::vector<std::int64_t>& group, double penalty, Intercept intercept) {
  const auto rest = all_but(group, y.rows);
  const auto part = [&](std::span<const std::int64_t> rows) {
    Dense result = zeros(std::ssize(rows), std::ssize(rest));
    for (std::int64_t i = 0; i < result.rows; ++i) {
      for (std::int64_t j = 0; j < result.cols; ++j) {
        result(i, j) = kernel(rows[static_cast<std::size_t>(i)], rest[static_cast<std::size_t>(j)]);
      }
    }
    return result;
  };
  std::vector<double> kept;
  Dense targets = zeros(std::ssize(rest), y.cols);
  for (std::size_t i = 0; i < rest.size(); ++i) {
    kept.push_back(weight[static_cast<std::size_t>(rest[i])]);
    for (std::int64_t g = 0; g < y.cols; ++g) {
      targets(static_cast<std::int64_t>(i), g) = y(rest[i], g);
    }
  }
  const auto path = KernelPath::of_kernel(view(part(rest)), kept, intercept);
  const auto coordinates = path.coordinates(view(part(group)));
  return dense_from(multiply(path.weights(coordinates.view(), penalty).view(), view(targets)));
}

// Scores at one penalty by row of the truth.
std::vector<Scores> scores_by_row(const KernelSweep& swept, double penalty) {
  const auto found = swept.scores({&penalty, 1});
  std::vector<Scores> scores(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    scores[static_cast<std::size_t>(swept.rows()[i])] = found[i];
  }
  return scores;
}

struct SweepCase {
  const char* name;
  std::int64_t features;  // of 18 rows
  bool weighted;
  bool grouped;
  bool rbf;
  Intercept intercept;
};

class KernelSweepOf : public ::testing::TestWithParam<SweepCase> {};

TEST_P(KernelSweepOf, IsThatOfRefits) {
  const SweepCase& c = GetParam();
  const Dense x = random_matrix(18, c.features, 1);
  Dense y = random_matrix(18, 31, 2);
  for (std::int64_t i = 0; i < 18; ++i) {  // with something to learn, and a mean that is not 0
    for (std::int64_t g = 0; g < 31; ++g) y(i, g) = 0.4 + 0.5 * y(i, g) + x(i, 0) * y(0, g);
  }
  std::vector<double> weight(18, 1.0);
  if (c.weighted) std::iota(weight.begin(), weight.end(), 3.0);
  Groups groups = each_row(18);
  if (c.grouped) {
    groups = {{0, 5, 7}, {1}, {2, 3}, {4, 6, 8, 9}, {10, 11, 12}, {13}, {14, 15}, {16, 17}};
  }
  const auto kernel =
      dense_from(kernel_matrix(c.rbf ? Kernel::kRbf : Kernel::kLinear, view(x), view(x), 0.3));
  const auto path = c.rbf ? KernelPath::of_kernel(view(kernel), weight, c.intercept)
                          : KernelPath::of_features(view(x), weight, c.intercept);
  const auto truth = make_truth(view(y));
  const KernelSweep swept(path, truth, groups, cpu_device());
  for (const double penalty : {0.02, 1.0, 300.0}) {
    const auto scores = scores_by_row(swept, penalty);
    for (const auto& group : groups) {
      const auto slow = refitted(kernel, y, weight, group, penalty, c.intercept);
      for (std::size_t k = 0; k < group.size(); ++k) {
        const auto i = group[k];
        const auto wanted = row(slow, static_cast<std::int64_t>(k));
        expect_scores(scores[static_cast<std::size_t>(i)], slow_scores(wanted, y, i), 1e-9,
                      "row " + std::to_string(i) + " penalty " + std::to_string(penalty));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Closed, KernelSweepOf,
    ::testing::Values(
        SweepCase{"few_features", 5, false, false, false, Intercept::kCentredKernel},
        SweepCase{"many_features", 40, false, false, false, Intercept::kCentredKernel},
        SweepCase{"weighted", 5, true, false, false, Intercept::kCentredKernel},
        SweepCase{"grouped", 5, false, true, false, Intercept::kCentredKernel},
        SweepCase{"grouped_many", 40, false, true, false, Intercept::kCentredKernel},
        SweepCase{"grouped_weighted", 7, true, true, false, Intercept::kCentredKernel},
        SweepCase{"rbf", 4, true, true, true, Intercept::kCentredKernel},
        SweepCase{"without_intercept", 5, true, true, false, Intercept::kNone},
        SweepCase{"rbf_without_intercept", 4, false, false, true, Intercept::kNone}),
    [](const auto& named) { return std::string(named.param.name); });

TEST(KernelSweep, OfManySettingsIsEachOfThemOnAnyThreads) {
  const Dense x = random_matrix(20, 6, 3);
  const Dense y = random_matrix(20, 15, 4);
  const auto path =
      KernelPath::of_features(view(x), std::vector<double>(20, 1.0), Intercept::kCentredKernel);
  const auto truth = make_truth(view(y));
  const KernelSweep swept(path, truth, each_row(20), cpu_device());
  std::vector<double> penalties;
  for (int i = -4; i < 15; ++i) penalties.push_back(std::pow(10.0, 0.25 * i));
  const auto results = with_thread_counts([&] {
    std::vector<double> values;
    for (const auto& means : swept.sweep(penalties)) {
      for (const double value : {means.mean.mse, means.mean.pearson, means.mean.cosine,
                                 means.mean.pds_l2, means.mean.pds_cosine}) {
        values.push_back(value);
      }
    }
    return values;
  });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
  EXPECT_EQ(results[0][5], mean_of(scores_by_row(swept, penalties[1])).mean.mse);
}

class KernelSweepOnBackend : public PerBackend {};

// As its refits are (above), and with their ranks.
TEST_P(KernelSweepOnBackend, IsThatOfTheCpu) {
  const std::vector<double> penalties{0.0, 0.01, 1.0, 30.0, 1e6, 1e300};
  for (const std::int64_t features : {2, 5, 40}) {
    const Dense x = random_matrix(24, features, 16);
    std::vector<double> weight(24);
    std::iota(weight.begin(), weight.end(), 3.0);
    const auto path = KernelPath::of_features(view(x), weight, Intercept::kCentredKernel);
    const auto truth = make_truth(view(random_matrix(24, 15, 17)));
    const Groups alone = each_row(24);
    const Groups together{{3, 1, 9}, {4}, {23, 0}, {2, 5, 6, 7, 8}};
    for (const auto& groups : {alone, together}) {
      const Device device(*backend);
      const auto here = KernelSweep(path, truth, groups, cpu_device()).sweep(penalties);
      const auto there = KernelSweep(path, truth, groups, device).sweep(penalties);
      ASSERT_EQ(there.size(), here.size());
      for (std::size_t k = 0; k < here.size(); ++k) {
        const auto& a = there[k].mean;
        const auto& b = here[k].mean;
        const auto expect_within = [](double actual, double expected, double relative) {
          EXPECT_EQ(std::isnan(actual), std::isnan(expected));
          if (std::isnan(expected)) return;  // of full rank without a penalty
          EXPECT_NEAR(actual, expected, relative * std::max(1.0, expected));
        };
        expect_within(a.mse, b.mse, 1e-11);  // what is left of a row may be 1e-4
        expect_within(a.pearson, b.pearson, 1e-11);
        expect_within(a.cosine, b.cosine, 1e-11);
        expect_within(a.pds_l2, b.pds_l2, 0.0);
        expect_within(a.pds_cosine, b.pds_cosine, 0.0);
        EXPECT_EQ(there[k].without_prediction, here[k].without_prediction);
        EXPECT_EQ(there[k].without_pearson, here[k].without_pearson);
      }
    }
  }
}

// A path whose eigenproblem is solved there gives the scores of one that is solved here.
TEST_P(KernelSweepOnBackend, TakesItsEigenproblemFromThere) {
  const auto truth = make_truth(view(random_matrix(24, 15, 18)));
  const std::vector<double> weight(24, 1.0);
  for (const std::int64_t features : {3, 30}) {
    const Dense x = random_matrix(24, features, 19);
    const auto kernel = dense_from(kernel_matrix(Kernel::kRbf, view(x), view(x), 0.3));
    const auto scores = [&](const KernelPath& path) {
      return scores_by_row(KernelSweep(path, truth, each_row(24), cpu_device()), 2.0);
    };
    const Device device(*backend);
    const auto expect_same_scores = [&](const KernelPath& there, const KernelPath& here) {
      ASSERT_EQ(there.values().size(), here.values().size());
      const auto a = scores(there);
      const auto b = scores(here);
      for (std::size_t i = 0; i < a.size(); ++i) {
        expect_scores(a[i], b[i], 1e-10, "row " + std::to_string(i));
      }
    };
    constexpr auto kIntercept = Intercept::kCentredKernel;
    expect_same_scores(KernelPath::of_features(view(x), weight, kIntercept, device),
                       KernelPath::of_features(view(x), weight, kIntercept));
    expect_same_scores(KernelPath::of_kernel(view(kernel), weight, kIntercept, device),
                       KernelPath::of_kernel(view(kernel), weight, kIntercept));
  }
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, KernelSweepOnBackend, every_backend());

TEST(KernelSweep, KeepsItsPrecisionWhereRowsAreAllButInterpolated) {
  const Dense x = random_matrix(12, 30, 5);
  const Dense y = random_matrix(12, 9, 6);
  const std::vector<double> weight(12, 1.0);
  const auto kernel = dense_from(kernel_matrix(Kernel::kLinear, view(x), view(x), 0.0));
  const auto path = KernelPath::of_features(view(x), weight, Intercept::kCentredKernel);
  const auto truth = make_truth(view(y));
  const KernelSweep swept(path, truth, each_row(12), cpu_device());
  const double penalty = 1e-8;  // leverages are 1 - 1e-10 here
  const auto scores = scores_by_row(swept, penalty);
  for (std::int64_t i = 0; i < 12; ++i) {
    const auto slow = refitted(kernel, y, weight, {i}, penalty, Intercept::kCentredKernel);
    expect_scores(scores[static_cast<std::size_t>(i)], slow_scores(row(slow, 0), y, i), 1e-4,
                  "row " + std::to_string(i));
  }
}

TEST(KernelSweep, SaysWhichRowsDecideTheirOwnPrediction) {
  // Without a penalty the only row with a feature is fitted exactly, whatever it is.
  const Dense x = dense_of({{1.0}, {0.0}, {0.0}});
  const Dense y = dense_of({{1.0, 0.0, 2.0}, {0.0, 1.0, 0.0}, {2.0, 1.0, 0.0}});
  const auto path =
      KernelPath::of_features(view(x), std::vector<double>(3, 1.0), Intercept::kCentredKernel);
  const auto truth = make_truth(view(y));
  const KernelSweep swept(path, truth, each_row(3), cpu_device());
  const auto scores = scores_by_row(swept, 0.0);
  EXPECT_TRUE(std::isnan(scores[0].mse));
  EXPECT_TRUE(std::isnan(scores[0].pds_l2));
  EXPECT_FALSE(std::isnan(scores[1].mse));
  EXPECT_EQ(mean_of(scores).without_prediction, 1);
}

// No row decides its own prediction here, but the two that alone have a feature do together.
TEST(KernelSweep, SaysWhichGroupsDecideTheirOwnPrediction) {
  const Dense x = dense_of({{1.0}, {1.0}, {0.0}, {0.0}});
  const Dense y = random_matrix(4, 3, 21);
  const auto path =
      KernelPath::of_features(view(x), std::vector<double>(4, 1.0), Intercept::kCentredKernel);
  const auto truth = make_truth(view(y));
  const KernelSweep alone(path, truth, each_row(4), cpu_device());
  EXPECT_EQ(mean_of(scores_by_row(alone, 0.0)).without_prediction, 0);
  const KernelSweep together(path, truth, {{0, 1}, {2}, {3}}, cpu_device());
  const auto scores = scores_by_row(together, 0.0);
  for (const std::size_t row : {0U, 1U}) {
    EXPECT_TRUE(std::isnan(scores[row].mse));
    EXPECT_TRUE(std::isnan(scores[row].pds_cosine));
  }
  EXPECT_FALSE(std::isnan(scores[2].mse));
}

// Long lists of penalties are scored a part at a time.
TEST(KernelSweep, HasTheSameMeansHoweverManySettingsThereAre) {
  const std::int64_t n = 3;
  const auto path = KernelPath::of_features(view(random_matrix(n, 2, 22)),
                                            std::vector<double>(3, 1.0), Intercept::kNone);
  const auto truth = make_truth(view(random_matrix(n, 2, 23)));
  const KernelSweep swept(path, truth, each_row(n), cpu_device());
  const auto at_once = settings_at_once(n);
  std::vector<double> penalties(static_cast<std::size_t>(at_once) + 3, 1.0);
  penalties.back() = 7.0;
  const auto means = swept.sweep(penalties);
  ASSERT_EQ(means.size(), penalties.size());
  EXPECT_EQ(means[means.size() - 2].mean.mse, means.front().mean.mse);
  EXPECT_EQ(means.back().mean.mse, mean_of(scores_by_row(swept, 7.0)).mean.mse);
}

TEST(KernelSweep, RefusesAnInterceptThatHasNoClosedForm) {
  const Dense x = random_matrix(5, 2, 7);
  const auto path =
      KernelPath::of_features(view(x), std::vector<double>(5, 1.0), Intercept::kCentredTargets);
  const auto truth = make_truth(view(random_matrix(5, 4, 8)));
  EXPECT_THROW(KernelSweep(path, truth, each_row(5), cpu_device()), Error);
}

TEST(SweepProducts, OfWeightsAndOfProfilesGiveTheScoresOfTheDefinitions) {
  const Dense y = random_matrix(9, 21, 9);
  const Dense w = random_matrix(4, 9, 10);
  const auto truth = make_truth(view(y));
  const std::vector<std::int64_t> rows{3, 0, 8, 3};
  const auto predicted = dense_from(multiply(view(w), view(y)));
  std::vector<Scores> of_weights(4);
  std::vector<Scores> of_profiles(4);
  score(products_of_weights(view(w), rows, truth), truth, of_weights);
  score(products_of_profiles(view(predicted), rows, view(y)), truth, of_profiles);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto slow = slow_scores(row(predicted, static_cast<std::int64_t>(i)), y, rows[i]);
    expect_scores(of_weights[i], slow, 1e-11, "weights");
    expect_scores(of_profiles[i], slow, 1e-11, "profiles");
  }
}

TEST(SweepProducts, OfNoChangeHaveNoCorrelationAndChanceRanks) {
  const Dense y = random_matrix(5, 7, 11);
  const auto truth = make_truth(view(y));
  const Dense none = zeros(1, 5);
  std::vector<Scores> scores(1);
  score(products_of_weights(view(none), {2}, truth), truth, scores);
  EXPECT_TRUE(std::isnan(scores[0].pearson));
  EXPECT_TRUE(std::isnan(scores[0].cosine));
  EXPECT_DOUBLE_EQ(scores[0].pds_cosine, 0.5);
  const auto means = mean_of(scores);
  EXPECT_EQ(means.without_pearson, 1);
  EXPECT_TRUE(std::isnan(means.mean.pearson));
  EXPECT_GT(means.mean.mse, 0.0);
}

TEST(SweepGroups, KeepAPerturbationTogether) {
  const std::vector<Condition> conditions{
      make_condition("K", {"A"}), make_condition("R", {"A"}), make_condition("K", {"B"}),
      make_condition("K", {"A", "B"}), make_condition("K", {"A"}, 3.0)};
  EXPECT_EQ(by_perturbation(conditions), (Groups{{0, 1, 4}, {3}, {2}}));
  const auto folds = folds_of_perturbations(conditions, 2, 1);
  ASSERT_EQ(folds.size(), 2U);
  std::vector<std::int64_t> all;
  for (const auto& fold : folds) {
    all.insert(all.end(), fold.begin(), fold.end());
    const auto has = [&](std::int64_t one) { return std::ranges::find(fold, one) != fold.end(); };
    EXPECT_EQ(has(0), has(1));
    EXPECT_EQ(has(0), has(4));
  }
  std::ranges::sort(all);
  EXPECT_EQ(all, (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(folds_of_perturbations(conditions, 9, 1).size(), 3U);
}

}  // namespace
}  // namespace cupel::test
