#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "models/model.hpp"
#include "models/training.hpp"
#include "sweep/device.hpp"
#include "sweep/grid.hpp"
#include "sweep/leave_out.hpp"
#include "sweep/profile_products.hpp"

// Sweeps whose reported score no choice has seen: settings are chosen inside the training part of a
// fold, by leaving out within it, and the chosen one is refitted to all of that part and scored on
// what the fold holds out (baselines-splits-audits.md A0, hyper-parameter protocol).
namespace cupel::sweep {

struct OuterFold {
  std::string name;
  std::vector<std::int64_t> train, test;  // rows of the training data; ascending
  std::vector<std::string> task;          // of each test row, for scores apart; empty: all are one
  InsideFolds inside;
};
struct OuterSplit {
  std::string name;
  std::vector<OuterFold> folds;
};

// One line of the sweep's table.
struct SweepRow {
  std::string split, fold, task;  // task: empty inside
  bool inside = true;  // of a setting, left out within training; else of the chosen, held out
  std::string model, settings;
  MeanScores scores{};
  std::string rules;  // on what held-out predictions rest: "features 12, global 3"
  std::string note;   // why there are no scores
  double seconds = 0.0;
};

struct SweepRequest {
  std::span<const OuterSplit> splits;
  std::span<const SweepGrid> grids;
  SweepScore select = SweepScore::kMse;
};

// Discrimination is among conditions of the same context that the same fit has not seen: what a
// fold tests or leaves out together. (A fit without one of them leans to the others: the mean of
// all but a perturbation is nearest to any other.) Where each unit is left out by itself that
// cannot be, and it is among all of the context that train.
//
// `finished`: rows of an earlier, interrupted run; those that belong to whole units of work at the
// start are taken as they are, and the rest is done again, with the same bits. `on_rows` is called
// in the table's order, once per unit of work, but not for rows that were taken.
// Scores are computed on the device; fits where all.algebra says.
// Returns the whole table: per fold first all settings of all grids, then their chosen ones.
[[nodiscard]] std::vector<SweepRow> sweep_nested(
    const models::Training& all, const SweepRequest& request, const Device& device,
    std::span<const SweepRow> finished,
    const std::function<void(std::span<const SweepRow>)>& on_rows);
// How many of `finished` would be taken.
[[nodiscard]] std::size_t rows_to_keep(const SweepRequest& request,
                                       std::span<const SweepRow> finished);

[[nodiscard]] double value_of(const Scores& scores, SweepScore which);
[[nodiscard]] std::string_view score_name(SweepScore which);
[[nodiscard]] bool lower_is_better(SweepScore which);

// The best of some rows by one score: those that predict the most conditions, among them the best
// score, the first of those that are equal but for rounding. -1 where none has the score.
[[nodiscard]] std::int64_t best_of(std::span<const SweepRow> rows, SweepScore select);

// What a fold chose: of each grid, the position in the table of its chosen inside row, or -1 where
// the model could not be fitted; and which grid is best of all, or -1.
struct FoldChoice {
  std::vector<std::int64_t> row_of_grid;
  std::int64_t best_grid = -1;
};
[[nodiscard]] FoldChoice choice_of(const SweepRequest& request, std::span<const SweepRow> table,
                                   std::size_t split, std::size_t fold);

// What a model with these settings, fitted to the fold's training part, predicts for its test part.
[[nodiscard]] models::Prediction predict_fold(const models::Training& all, const OuterFold& fold,
                                              const std::string& model, const Chosen& settings);

}  // namespace cupel::sweep
