// Choices made inside the training part, scores outside it, and tables that are taken up again.
#include "sweep/nested.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cupel/error.hpp"
#include "sweep/cpu_device.hpp"
#include "sweep/settings_sweep.hpp"
#include "sweep/slow_scores.hpp"

namespace cupel::test {
namespace {

using namespace cupel::models;
using namespace cupel::sweep;

const std::vector<SweepGrid> kGrids{
    {"no_change", {}},
    {"perturbed_mean", {}},
    {"additive", {{"missing", {"global", "zero"}}}},
    {"ridge", {{"features", {"table:go", "one-hot"}}, {"lambda", {"0.1", "3", "100"}}}},
    {"nearest_neighbours", {{"features", {"table:go"}}, {"k", {"1", "3"}}}},
};

// Two splits: three folds of all conditions, and one that tests combinations and a single by task.
std::vector<OuterSplit> made_splits(const Training& training) {
  const auto n = training.delta.rows();
  std::vector<OuterSplit> splits(2);
  splits[0].name = "folds";
  for (const auto& group : folds_of_perturbations(training.conditions, 3, 1)) {
    splits[0].folds.push_back({std::to_string(splits[0].folds.size()),
                               all_but(group, n),
                               group,
                               {},
                               {LeaveOut::kPerturbation, 4, 2}});
  }
  splits[1].name = "tasks";
  OuterFold fold{"all", {}, {}, {}, {LeaveOut::kPerturbation, 0, 2}};
  for (std::int64_t row = 0; row < n; ++row) {
    const auto& condition = training.conditions[static_cast<std::size_t>(row)];
    const bool combination = condition.perturbations.size() > 1;
    const bool test = combination || condition.perturbations.front() == "G4";
    (test ? fold.test : fold.train).push_back(row);
    if (test) fold.task.push_back(combination ? "pairs" : "single");
  }
  splits[1].folds.push_back(fold);
  return splits;
}

std::vector<SweepRow> whole(const Training& training, const SweepRequest& request) {
  std::vector<SweepRow> streamed;
  auto table =
      sweep_nested(training, request, cpu_device(), {}, [&](std::span<const SweepRow> rows) {
        streamed.insert(streamed.end(), rows.begin(), rows.end());
      });
  EXPECT_EQ(streamed.size(), table.size());
  return table;
}

void expect_same_row(const SweepRow& a, const SweepRow& b) {
  EXPECT_EQ(a.split + a.fold + a.task + a.model + a.settings + a.rules + a.note,
            b.split + b.fold + b.task + b.model + b.settings + b.rules + b.note);
  EXPECT_EQ(a.inside, b.inside);
  for (const auto which : {SweepScore::kMse, SweepScore::kPearson, SweepScore::kCosine,
                           SweepScore::kPdsL2, SweepScore::kPdsCosine}) {
    const std::vector<double> x{value_of(a.scores.mean, which)};
    const std::vector<double> y{value_of(b.scores.mean, which)};
    EXPECT_TRUE(same_bits(x, y)) << a.model << " " << a.settings << " " << score_name(which);
  }
}

class Nested : public ::testing::TestWithParam<SweepScore> {};

// By hand: each setting fitted and scored by definition inside, the best refitted, scored outside.
TEST_P(Nested, ChoosesInsideAndScoresOutside) {
  const Training training = made_training(1, 10, 25);
  const auto splits = made_splits(training);
  const SweepRequest request{splits, kGrids, GetParam()};
  const auto table = whole(training, request);
  const auto truth = dense_from(training.delta);
  std::size_t at = 0;
  for (const auto& split : splits) {
    for (const auto& fold : split.folds) {
      const Training part = subset(training, fold.train);
      const auto groups = inside_groups(fold.inside, part.conditions);
      const auto inner_truth = dense_from(part.delta);
      const auto inner_candidates = rows_of_same_context(part);
      std::vector<Chosen> best(kGrids.size());
      for (std::size_t g = 0; g < kGrids.size(); ++g) {
        double best_loss = std::numeric_limits<double>::infinity();
        bool first = true;
        for (const auto& settings : sweep::settings_of(kGrids[g])) {
          const bool once = fold.inside.folds == 0 && settings.contains("features") &&
                            settings.at("features") == "table:go" && kGrids[g].model == "ridge";
          std::vector<Scores> scores;
          for (const auto& group : groups) {
            const Training rest = subset(part, all_but(group, part.delta.rows()));
            const auto fit = fit_model(kGrids[g].model, rest, settings);
            for (const auto row : group) {
              const auto own = static_cast<std::size_t>(row);
              const auto predicted = fit->predict({&part.conditions[own], 1});
              auto candidates = inner_candidates[own];
              if (fold.inside.folds > 0) {  // of the same group
                std::erase_if(candidates, [&](std::int64_t other) {
                  return std::ranges::find(group, other) == group.end();
                });
              }
              scores.push_back(
                  scores_by_definition(row_of(predicted.delta, 0), inner_truth, row, candidates));
            }
          }
          const auto mean = mean_of(scores);
          const SweepRow& row = table.at(at++);
          EXPECT_EQ(row.split, split.name);
          EXPECT_EQ(row.fold, fold.name);
          EXPECT_TRUE(row.inside);
          EXPECT_EQ(row.model, kGrids[g].model);
          EXPECT_EQ(row.settings, settings_text(settings));
          EXPECT_EQ(row.scores.predictions, std::ssize(scores));
          // Features made once are standardised over all rows: not what a refit has, but near.
          if (!once) expect_scores(row.scores.mean, mean.mean, row.model + " " + row.settings);
          const double value = value_of(once ? row.scores.mean : mean.mean, GetParam());
          const double loss = GetParam() == SweepScore::kMse ? value : -value;
          if (first || loss < best_loss - 1e-9) best[g] = settings;
          if (!std::isnan(loss)) best_loss = first ? loss : std::min(best_loss, loss);
          first = false;
        }
      }
      for (std::size_t g = 0; g < kGrids.size(); ++g) {
        const auto predicted = fit_model(kGrids[g].model, part, best[g])->predict([&] {
          std::vector<Condition> asked;
          for (const auto row : fold.test) {
            asked.push_back(training.conditions[static_cast<std::size_t>(row)]);
          }
          return asked;
        }());
        std::vector<std::string> tasks{""};
        if (!fold.task.empty()) tasks = {"pairs", "single"};
        for (const auto& task : tasks) {
          std::vector<Scores> scores;
          for (std::size_t i = 0; i < fold.test.size(); ++i) {
            if (!fold.task.empty() && fold.task[i] != task) continue;
            const auto own = static_cast<std::size_t>(fold.test[i]);
            std::vector<std::int64_t> candidates;
            for (const auto other : fold.test) {
              if (training.conditions[static_cast<std::size_t>(other)].context ==
                  training.conditions[own].context) {
                candidates.push_back(other);
              }
            }
            scores.push_back(
                scores_by_definition(row_of(predicted.delta, static_cast<std::int64_t>(i)), truth,
                                     fold.test[i], candidates));
          }
          const SweepRow& row = table.at(at++);
          EXPECT_FALSE(row.inside);
          EXPECT_EQ(row.task, task);
          EXPECT_EQ(row.model, kGrids[g].model);
          EXPECT_EQ(row.settings, settings_text(best[g])) << split.name << fold.name << row.model;
          EXPECT_EQ(row.scores.predictions, std::ssize(scores));
          expect_scores(row.scores.mean, mean_of(scores).mean, "outside " + row.model);
        }
      }
    }
  }
  EXPECT_EQ(at, table.size());
}

INSTANTIATE_TEST_SUITE_P(Sweep, Nested,
                         ::testing::Values(SweepScore::kMse, SweepScore::kPearson,
                                           SweepScore::kCosine),
                         [](const auto& test) { return std::string(score_name(test.param)); });

// Whatever a fold holds out may be anything: neither what is chosen nor what is predicted changes.
TEST(NestedSweep, ChoosesWithoutWhatIsHeldOut) {
  Training training = made_training(2, 10, 25);
  std::vector<OuterSplit> splits{made_splits(training)[1]};
  const SweepRequest request{splits, kGrids, SweepScore::kMse};
  const auto before = whole(training, request);
  const auto& fold = splits.front().folds.front();
  const auto predicted = predict_fold(training, fold, "ridge", {{"features", "table:go"}});
  for (const auto row : fold.test) {
    std::fill_n(training.delta.view().row(row), training.delta.cols(),
                std::numeric_limits<double>::quiet_NaN());
  }
  const auto after = whole(training, request);
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i].inside) {
      expect_same_row(before[i], after[i]);
    } else {
      EXPECT_EQ(before[i].settings, after[i].settings);
      EXPECT_EQ(before[i].rules, after[i].rules);
      EXPECT_TRUE(std::isnan(after[i].scores.mean.mse));
    }
  }
  const auto again = predict_fold(training, fold, "ridge", {{"features", "table:go"}});
  EXPECT_TRUE(same_bits(dense_from(predicted.delta).values, dense_from(again.delta).values));
}

TEST(BestOf, TakesTheFirstOfScoresThatAreEqualButForRounding) {
  std::vector<SweepRow> rows(3);
  for (auto& row : rows) row.scores.predictions = 4;
  rows[0].scores.mean.mse = 0.5;
  rows[1].scores.mean.mse = 0.5 * (1.0 - 1e-13);
  rows[2].scores.mean.mse = 0.6;
  EXPECT_EQ(best_of(rows, SweepScore::kMse), 0);
  rows[2].scores.mean.mse = 0.5 * (1.0 - 1e-6);
  EXPECT_EQ(best_of(rows, SweepScore::kMse), 2);
  for (auto& row : rows) row.scores.mean.pearson = -0.25;
  rows[1].scores.mean.pearson = -0.25 * (1.0 - 1e-13);
  EXPECT_EQ(best_of(rows, SweepScore::kPearson), 0);
  rows[2].scores.mean.pearson = 0.1;
  EXPECT_EQ(best_of(rows, SweepScore::kPearson), 2);
}

// A run that was stopped anywhere goes on where it was and ends with the same table.
TEST(NestedSweep, IsTakenUpAgain) {
  const Training training = made_training(3, 8, 20);
  const auto splits = made_splits(training);
  const SweepRequest request{splits, kGrids, SweepScore::kMse};
  const auto table = whole(training, request);
  for (std::size_t kept = 0; kept <= table.size(); kept += 3) {
    const std::span<const SweepRow> finished(table.data(), kept);
    const auto taken = rows_to_keep(request, finished);
    EXPECT_LE(taken, kept);
    EXPECT_LT(kept - taken, 6U) << "a whole unit was thrown away";
    std::size_t made = 0;
    const auto again = sweep_nested(training, request, cpu_device(), finished,
                                    [&](std::span<const SweepRow> rows) { made += rows.size(); });
    EXPECT_EQ(made, table.size() - taken);
    ASSERT_EQ(again.size(), table.size());
    for (std::size_t i = 0; i < table.size(); ++i) expect_same_row(again[i], table[i]);
    for (std::size_t i = 0; i < taken; ++i) EXPECT_EQ(again[i].seconds, table[i].seconds);
  }
  // Rows of another sweep are not taken.
  auto other = table;
  other[1].settings = "lambda=7";
  EXPECT_EQ(rows_to_keep(request, other), 1U);
}

TEST(NestedSweep, SaysWhyAModelCouldNotBeFitted) {
  const Training training = made_training(4, 8, 20);
  std::vector<OuterSplit> splits{made_splits(training)[1]};
  const std::vector<SweepGrid> grids{{"ridge", {{"features", {"table:nothing"}}}},
                                     {"perturbed_mean", {}}};
  const SweepRequest request{splits, grids, SweepScore::kMse};
  const auto table = whole(training, request);
  ASSERT_EQ(table.size(), 4U) << "one row per model inside, and two tasks of one of them outside";
  EXPECT_NE(table[0].note.find("nothing"), std::string::npos) << table[0].note;
  EXPECT_TRUE(std::isnan(table[0].scores.mean.mse));
  const auto choice = choice_of(request, table, 0, 0);
  EXPECT_EQ(choice.row_of_grid, (std::vector<std::int64_t>{-1, 1}));
  EXPECT_EQ(choice.best_grid, 1);
}

TEST(BestOf, PrefersWhatPredictsMoreConditions) {
  std::vector<SweepRow> rows(4);
  rows[0].scores = {{std::nan(""), 0.9, 0, 0, 0}, 10, 0, 0};
  rows[1].scores = {{2.0, 0.1, 0, 0, 0}, 10, 0, 0};
  rows[2].scores = {{1.0, 0.3, 0, 0, 0}, 10, 4, 0};
  rows[3].scores = {{2.0, 0.2, 0, 0, 0}, 10, 0, 0};
  EXPECT_EQ(best_of(rows, SweepScore::kMse), 1) << "the first of equals that predicts all";
  EXPECT_EQ(best_of(rows, SweepScore::kPearson), 0);
  EXPECT_EQ(best_of(std::span<const SweepRow>(rows.data(), 1), SweepScore::kMse), -1);
  EXPECT_EQ(best_of({}, SweepScore::kMse), -1);
}

}  // namespace
}  // namespace cupel::test
