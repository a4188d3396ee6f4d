// A grid of settings, against models that are fitted to the rest, predict, and are scored by the
// definitions.
#include "sweep/settings_sweep.hpp"

#include <algorithm>
#include <cmath>

#include "cupel/error.hpp"
#include "linalg/products.hpp"
#include "models/features.hpp"
#include "models/kernel_path.hpp"
#include "sweep/cpu_device.hpp"
#include "sweep/slow_scores.hpp"

namespace cupel::test {
namespace {

using namespace cupel::models;
using namespace cupel::sweep;

std::vector<std::int32_t> contexts_of(const Training& training) {
  std::vector<std::int32_t> contexts;
  for (const auto& condition : training.conditions) contexts.push_back(condition.context[1] - '0');
  return contexts;
}

Truth truth_of(const Training& training) {
  Truth truth = make_truth(training.delta.view());
  truth.candidates = contexts_of(training);
  return truth;
}

// Fits, predicts and scores, one setting and group at a time.
std::vector<std::vector<Scores>> slow_sweep(const std::string& model, const Training& training,
                                            std::span<const Chosen> family, const Groups& groups) {
  const auto n = training.delta.rows();
  const double nan = std::nan("");
  const auto truth = dense_from(training.delta);
  const auto candidates = rows_of_same_context(training);
  std::vector<std::vector<Scores>> result(
      family.size(),
      std::vector<Scores>(static_cast<std::size_t>(n), Scores{nan, nan, nan, nan, nan}));
  for (std::size_t at = 0; at < family.size(); ++at) {
    for (const auto& group : groups) {
      const Training part = subset(training, all_but(group, n));
      for (const auto row : group) {
        const auto own = static_cast<std::size_t>(row);
        const auto& asked = training.conditions[own];
        const auto prediction = fit_model(model, part, family[at])->predict({&asked, 1});
        result[at][own] =
            scores_by_definition(row_of(prediction.delta, 0), truth, row, candidates[own]);
      }
    }
  }
  return result;
}

void expect_sweep(const std::vector<std::vector<Scores>>& actual,
                  const std::vector<std::vector<Scores>>& expected,
                  std::span<const Chosen> family) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t at = 0; at < actual.size(); ++at) {
    ASSERT_EQ(actual[at].size(), expected[at].size());
    for (std::size_t row = 0; row < actual[at].size(); ++row) {
      expect_scores(actual[at][row], expected[at][row],
                    settings_text(family[at]) + ", row " + std::to_string(row));
    }
  }
}

SweepGrid grid_for(const std::string& model) {
  SweepGrid grid{model, {}};
  for (const Setting& setting : find_model(model).settings) {
    const std::string name(setting.name);
    if (name == "features") grid.axes.push_back({name, {"table:go,context", "pca:3,one-hot"}});
    if (name == "lambda") grid.axes.push_back({name, {"0.5", "20"}});
    if (name == "lambda-unit") grid.axes.push_back({name, {"one", "mean-diagonal"}});
    if (name == "k") grid.axes.push_back({name, {"2", "4"}});
    if (name == "lambda-genes" || name == "lambda-perturbations") {
      grid.axes.push_back({name, {"0.2", "9"}});
    }
    if (name == "fallback") grid.axes.push_back({name, {"global", "no-change", "none"}});
    if (name == "trees" || name == "rounds") grid.axes.push_back({name, {"4"}});
    if (name == "weight-power") grid.axes.push_back({name, {"0.5"}});
  }
  return grid;
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const ModelEntry& entry : all_models()) {
    if (entry.sees == Sees::kTraining) names.emplace_back(entry.name);
  }
  return names;
}

class SettingsSweep : public ::testing::TestWithParam<std::string> {};

TEST_P(SettingsSweep, ScoresWhatFitsToTheRestPredict) {
  // Perturbations G0 to G9 are among the 8 genes only up to G7, and without G8 in the table.
  Training training = made_training(1, 10, 8);
  training.tables.at("go").row.erase("G8");
  const auto groups = folds_of_perturbations(training.conditions, 4, 7);
  const auto truth = truth_of(training);
  for (const auto& family : families_of(grid_for(GetParam()))) {
    expect_sweep(sweep_settings(GetParam(), training, family, groups, truth, false, cpu_device()),
                 slow_sweep(GetParam(), training, family, groups), family);
  }
}

// Combinations are left out while single perturbations always train.
TEST_P(SettingsSweep, LeavesRowsAloneThatAreInNoGroup) {
  const Training training = made_training(2, 10, 30);
  const auto groups =
      inside_groups({.unit = LeaveOut::kCombination, .folds = 0}, training.conditions);
  ASSERT_EQ(groups.size(), 6U);
  const auto families = families_of(grid_for(GetParam()));
  const auto scores = sweep_settings(GetParam(), training, families.front(), groups,
                                     truth_of(training), false, cpu_device());
  expect_sweep(scores, slow_sweep(GetParam(), training, families.front(), groups),
               families.front());
}

TEST_P(SettingsSweep, HasTheSameBitsForAnyNumberOfThreads) {
  const Training training = made_training(3, 10, 30);
  const auto groups = folds_of_perturbations(training.conditions, 3, 7);
  const auto families = families_of(grid_for(GetParam()));
  const auto results = with_thread_counts([&] {
    std::vector<double> values;
    for (const auto& setting : sweep_settings(GetParam(), training, families.front(), groups,
                                              truth_of(training), true, cpu_device())) {
      for (const Scores& one : setting) {
        values.insert(values.end(), {one.mse, one.pearson, one.cosine, one.pds_l2, one.pds_cosine});
      }
    }
    return values;
  });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(Sweep, SettingsSweep, ::testing::ValuesIn(model_names()),
                         [](const auto& test) { return test.param; });

// With features made once, leaving out is a refit of the penalised regression alone.
TEST(SweepOnce, RefitsOnFeaturesOfAllRows) {
  const Training training = made_training(4, 10, 30);
  const auto n = training.delta.rows();
  const auto truth = dense_from(training.delta);
  const auto candidates = rows_of_same_context(training);
  const FeatureSpace space(training, "table:go,context", {});
  const auto x = space.rows(training.conditions).values;
  const std::vector<Chosen> family{{{"features", "table:go,context"}, {"lambda", "0.5"}},
                                   {{"features", "table:go,context"}, {"lambda", "30"}}};
  for (const auto unit : {LeaveOut::kCondition, LeaveOut::kPerturbation, LeaveOut::kCombination}) {
    const auto groups = inside_groups({.unit = unit, .folds = 0}, training.conditions);
    const auto scores =
        sweep_settings("ridge", training, family, groups, truth_of(training), true, cpu_device());
    for (std::size_t at = 0; at < family.size(); ++at) {
      std::vector<std::uint8_t> scored(static_cast<std::size_t>(n), 0);
      for (const auto& group : groups) {
        const auto rest = all_but(group, n);
        auto kept = make_host_matrix<double>(std::ssize(rest), x.cols());
        auto y = make_host_matrix<double>(std::ssize(rest), truth.cols);
        for (std::size_t i = 0; i < rest.size(); ++i) {
          const auto to = static_cast<std::int64_t>(i);
          std::copy_n(x.view().row(rest[i]), x.cols(), kept.view().row(to));
          std::copy_n(training.delta.view().row(rest[i]), truth.cols, y.view().row(to));
        }
        const auto path = KernelPath::of_features(
            kept.view(), std::vector<double>(rest.size(), 1.0), Intercept::kCentredKernel);
        for (const auto row : group) {
          auto one = make_host_matrix<double>(1, x.cols());
          std::copy_n(x.view().row(row), x.cols(), one.view().data);
          const auto predicted = multiply(
              path.weights(path.coordinates(one.view()).view(), at == 0 ? 0.5 : 30.0).view(),
              y.view());
          const auto own = static_cast<std::size_t>(row);
          scored[own] = 1;
          expect_scores(scores[at][own],
                        scores_by_definition(row_of(predicted, 0), truth, row, candidates[own]),
                        "row " + std::to_string(row));
        }
      }
      for (std::size_t row = 0; row < scored.size(); ++row) {
        EXPECT_EQ(std::isnan(scores[at][row].mse), scored[row] == 0) << "row " << row;
      }
    }
  }
}

// What is learned from profiles, or named by them, is learned anew for each group.
TEST(SweepOnce, IsNotTakenWhereFeaturesDependOnWhatTrains) {
  Training training = made_training(5, 10, 30);
  const auto groups = by_perturbation(training.conditions);
  for (const auto* features : {"pca:3,context", "one-hot,context"}) {
    const std::vector<Chosen> family{{{"features", features}}};
    const auto once =
        sweep_settings("ridge", training, family, groups, truth_of(training), true, cpu_device());
    expect_sweep(once, slow_sweep("ridge", training, family, groups), family);
  }
  // Nor where some conditions have no features.
  training.tables.at("go").row.erase("G2");
  const std::vector<Chosen> family{{{"features", "table:go"}}};
  expect_sweep(
      sweep_settings("ridge", training, family, groups, truth_of(training), true, cpu_device()),
      slow_sweep("ridge", training, family, groups), family);
}

TEST(SweepGrids, HoldEveryCombination) {
  const SweepGrid grid{"ridge", {{"features", {"one-hot", "context"}}, {"lambda", {"1", "2"}}}};
  const auto settings = settings_of(grid);
  ASSERT_EQ(settings.size(), 4U);
  EXPECT_EQ(settings_text(settings[0]), "features=one-hot lambda=1");
  EXPECT_EQ(settings_text(settings[1]), "features=one-hot lambda=2");
  EXPECT_EQ(settings_text(settings[3]), "features=context lambda=2");
  const auto families = families_of(grid);
  ASSERT_EQ(families.size(), 2U);
  EXPECT_EQ(families[0].size(), 2U);
  EXPECT_EQ(families_of({"perturbed_mean", {}}).size(), 1U);
  EXPECT_EQ(settings_text(settings_of({"perturbed_mean", {}}).front()), "");
  EXPECT_THROW(static_cast<void>(settings_of({"ridge", {{"lambda", {}}}})), Error);
  EXPECT_THROW(static_cast<void>(settings_of({"ridge", {{"lamda", {"1"}}}})), Error);
  EXPECT_THROW(static_cast<void>(settings_of({"rigde", {}})), Error);
  EXPECT_THROW(static_cast<void>(settings_of({"ridge", {{"lambda", {"1"}}, {"lambda", {"2"}}}})),
               Error);
}

TEST(InsideGroups, HoldEachRowOnceAndKeepUnitsTogether) {
  const Training training = made_training(6);
  const auto& conditions = training.conditions;
  const auto n = training.delta.rows();
  for (const auto unit : {LeaveOut::kCondition, LeaveOut::kPerturbation, LeaveOut::kContext}) {
    for (const std::int64_t k : {0, 2, 3}) {
      const auto groups = inside_groups({.unit = unit, .folds = k, .seed = 5}, conditions);
      std::vector<int> held(static_cast<std::size_t>(n), 0);
      std::vector<std::size_t> group_of(held.size());
      for (std::size_t g = 0; g < groups.size(); ++g) {
        EXPECT_TRUE(std::ranges::is_sorted(groups[g]));
        for (const auto row : groups[g]) {
          ++held[static_cast<std::size_t>(row)];
          group_of[static_cast<std::size_t>(row)] = g;
        }
      }
      EXPECT_EQ(std::ranges::count(held, 1), n);
      if (k > 0) {
        EXPECT_EQ(std::ssize(groups), k);
      }
      for (std::size_t i = 0; i < held.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          const bool same = unit == LeaveOut::kContext
                                ? conditions[i].context == conditions[j].context
                                : unit == LeaveOut::kPerturbation &&
                                      conditions[i].perturbations == conditions[j].perturbations;
          if (same) {
            EXPECT_EQ(group_of[i], group_of[j]);
          } else if (k == 0) {
            EXPECT_NE(group_of[i], group_of[j]);
          }
        }
      }
    }
  }
  EXPECT_TRUE(inside_groups({.unit = LeaveOut::kCombination, .folds = 0}, {}).empty());
}

}  // namespace
}  // namespace cupel::test
