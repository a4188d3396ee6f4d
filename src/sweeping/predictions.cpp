#include "sweeping/predictions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "fitting/write_predictions.hpp"
#include "log.hpp"

namespace cupel::sweeping {
namespace {

sweep::Chosen chosen_settings(const SweepGrid& grid, const std::string& text) {
  for (auto& settings : sweep::settings_of(grid)) {
    if (sweep::settings_text(settings) == text) return std::move(settings);
  }
  return {};
}

// Predictions of the folds of a split, each by the grid that `grid_of_fold` says (-1: none); a
// condition that several folds test is predicted by the first.
std::vector<fitting::Predicted> predict_split(const Made& made, const sweep::SweepRequest& request,
                                              std::span<const sweep::SweepRow> table,
                                              std::size_t split,
                                              std::span<const std::int64_t> grid_of_fold) {
  const auto& config = made.config;
  const auto& training = made.data.training;
  std::map<std::int64_t, fitting::Predicted> by_row;
  for (std::size_t f = 0; f < grid_of_fold.size(); ++f) {
    const auto& fold = request.splits[split].folds[f];
    if (grid_of_fold[f] < 0 || fold.test.empty()) continue;
    const auto grid = static_cast<std::size_t>(grid_of_fold[f]);
    const auto at = choice_of(request, table, split, f).row_of_grid[grid];
    if (at < 0) continue;
    const auto& row = table[static_cast<std::size_t>(at)];
    const auto prediction =
        predict_fold(training, fold, row.model, chosen_settings(config.grids[grid], row.settings));
    std::vector<models::Condition> asked;
    for (const auto test : fold.test) {
      asked.push_back(training.conditions[static_cast<std::size_t>(test)]);
    }
    const auto profiles = add_controls(prediction.delta.view(), asked, training);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (prediction.rung[i] == models::Rung::kNone) continue;
      const auto& truth = made.division.train[static_cast<std::size_t>(fold.test[i])];
      const double* from = profiles.view().row(static_cast<std::int64_t>(i));
      fitting::Predicted one;
      one.asked.condition = truth.condition;
      one.asked.labels = truth.labels;
      one.asked.task = fold.task.empty() ? "" : fold.task[i];
      one.rule = fmt::format("{}: {}", row.model, rung_text(prediction.rung[i]));
      one.n_cells = config.cells;
      one.profile.assign(from, from + profiles.cols());
      for (double& value : one.profile) value = std::max(0.0, value);  // no expression is below
      by_row.emplace(fold.test[i], std::move(one));
    }
  }
  std::vector<fitting::Predicted> predicted;
  for (auto& [row, one] : by_row) predicted.push_back(std::move(one));
  return predicted;
}

constexpr std::uint64_t kCellSeed = 42;

// A file in the sweep's folder.
fitting::WriteRequest request_for(const Made& made, const std::string& name) {
  return {.path = (made.folder / fmt::format("{}.h5ad", name)).string(),
          .columns = made.columns,
          .control = made.config.run.control,
          .mode = fitting::parse_mode("", made.conventions.data.input_type),
          .seed = kCellSeed};
}

std::string write_file(const Made& made, const std::string& name,
                       std::span<const fitting::Predicted> predicted) {
  const auto to = request_for(made, name);
  if (made.config.cells > 0) {
    write_cells(to, made.screens, made.data, predicted, made.conventions);
  } else {
    write_profiles(to, made.data, predicted, made.conventions);
  }
  return to.path;
}

// Cells of all conditions that the split holds out.
std::string write_measured(const Made& made, const sweep::OuterSplit& split) {
  std::set<std::int64_t> tested;
  for (const auto& fold : split.folds) tested.insert(fold.test.begin(), fold.test.end());
  fitting::Division held_out;
  held_out.test_control = made.division.control;
  for (const auto row : tested) {
    const auto& one = made.division.train[static_cast<std::size_t>(row)];
    held_out.asked.push_back(
        {.condition = one.condition, .labels = one.labels, .task = {}, .cells = one.batches});
  }
  const auto to = request_for(made, fmt::format("{}.truth", split.name));
  fitting::write_truth(to, made.screens, held_out);
  return to.path;
}

// A grid's model, with a number where several grids are of one model.
std::string grid_name(const SweepConfig& config, std::size_t grid) {
  const auto& model = config.grids[grid].model;
  std::size_t earlier = 0;
  for (std::size_t g = 0; g < grid; ++g) earlier += config.grids[g].model == model ? 1 : 0;
  return earlier == 0 ? model : fmt::format("{}-{}", model, earlier + 1);
}

// The grids that are best inside, over the folds of a split.
std::vector<std::int64_t> short_list(const SweepSummary& summary, const std::string& split,
                                     SweepScore select, std::int64_t size) {
  std::vector<const SweepLine*> lines;
  for (const auto& line : summary.lines) {
    const bool again = std::ranges::any_of(lines, [&](const SweepLine* other) {
      return other->grid == line.grid;  // of another task
    });
    if (line.split == split && !std::isnan(line.inside) && !again) lines.push_back(&line);
  }
  std::ranges::stable_sort(lines, {}, [&](const SweepLine* line) {
    return sweep::lower_is_better(select) ? line->inside : -line->inside;
  });
  std::vector<std::int64_t> grids;
  for (const auto* line : lines) {
    if (std::ssize(grids) < size) grids.push_back(static_cast<std::int64_t>(line->grid));
  }
  return grids;
}

}  // namespace

std::vector<SweptSplit> write_predictions(const Made& made, const sweep::SweepRequest& request,
                                          std::span<const sweep::SweepRow> table,
                                          const SweepSummary& summary, Console& console) {
  const auto& config = made.config;
  std::vector<SweptSplit> written;
  for (std::size_t s = 0; s < request.splits.size(); ++s) {
    const auto& split = request.splits[s];
    std::vector<std::int64_t> best;
    for (std::size_t f = 0; f < split.folds.size(); ++f) {
      best.push_back(choice_of(request, table, s, f).best_grid);
    }
    const auto predicted = predict_split(made, request, table, s, best);
    if (predicted.empty()) continue;
    SweptSplit swept;
    swept.name = split.name;
    swept.prediction = write_file(made, swept.name, predicted);
    if (config.short_list > 0) {
      swept.truth = write_measured(made, split);
      for (const auto grid : short_list(summary, swept.name, config.select, config.short_list)) {
        const std::vector<std::int64_t> same(split.folds.size(), grid);
        const auto of_model = predict_split(made, request, table, s, same);
        const auto name = grid_name(config, static_cast<std::size_t>(grid));
        if (of_model.size() < predicted.size()) {
          console.note(fmt::format("{}: {} does not predict all conditions; not on the short list",
                                   swept.name, name));
          continue;
        }
        swept.short_list.push_back(
            {.path = write_file(made, fmt::format("{}.{}", swept.name, name), of_model),
             .name = name});
      }
    }
    written.push_back(std::move(swept));
  }
  return written;
}

}  // namespace cupel::sweeping
