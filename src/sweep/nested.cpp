#include "sweep/nested.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "cupel/error.hpp"
#include "cupel/nan.hpp"
#include "sweep/settings_sweep.hpp"

namespace cupel::sweep {
namespace {

using models::Training;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// One line of the table before it has scores, with all that is needed to get them.
struct Planned {
  const SweepGrid* grid = nullptr;
  Chosen settings;
};

std::vector<std::string> tasks_of(const OuterFold& fold) {
  if (fold.task.empty()) return {""};
  const std::set<std::string> tasks(fold.task.begin(), fold.task.end());
  return {tasks.begin(), tasks.end()};
}

Matrix<double> rows_of(MatrixView<const double> matrix, std::span<const std::int64_t> rows) {
  auto result = make_host_matrix<double>(std::ssize(rows), matrix.cols);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(matrix.row(rows[i]), matrix.cols, result.view().row(static_cast<std::int64_t>(i)));
  }
  return result;
}

std::vector<std::int32_t> contexts_of(const Training& training) {
  std::map<std::string, std::int32_t> number;
  std::vector<std::int32_t> contexts;
  for (const auto& condition : training.conditions) {
    contexts.push_back(
        number.emplace(condition.context, static_cast<std::int32_t>(number.size())).first->second);
  }
  return contexts;
}

std::string rules_of(std::span<const models::Rung> rungs) {
  std::map<models::Rung, std::int64_t> count;
  for (const auto rung : rungs) ++count[rung];
  std::string text;
  for (const auto& [rung, n] : count) {
    text.append(fmt::format("{}{} {}", text.empty() ? "" : ", ", rung_text(rung), n));
  }
  return text;
}

// Hands out rows of an earlier run as long as they are those that come next.
class Finished {
 public:
  explicit Finished(std::span<const SweepRow> rows) : rows_(rows) {}

  // Whether the unit is there whole; if so it is taken, and its scores are written into it.
  bool take(std::vector<SweepRow>& unit) {
    if (ended_ || rows_.size() - taken_ < unit.size()) {
      ended_ = true;
      return false;
    }
    for (std::size_t i = 0; i < unit.size(); ++i) {
      const SweepRow& old = rows_[taken_ + i];
      const SweepRow& row = unit[i];
      if (old.split != row.split || old.fold != row.fold || old.task != row.task ||
          old.inside != row.inside || old.model != row.model || old.settings != row.settings) {
        ended_ = true;
        return false;
      }
    }
    std::copy_n(rows_.begin() + static_cast<std::ptrdiff_t>(taken_), unit.size(), unit.begin());
    taken_ += unit.size();
    return true;
  }
  [[nodiscard]] std::size_t taken() const { return taken_; }

 private:
  std::span<const SweepRow> rows_;
  std::size_t taken_ = 0;
  bool ended_ = false;
};

SweepRow row_of(const OuterSplit& split, const OuterFold& fold, const std::string& model,
                const std::string& settings) {
  SweepRow row;
  row.split = split.name;
  row.fold = fold.name;
  row.model = model;
  row.settings = settings;
  row.scores.mean = {kNaN, kNaN, kNaN, kNaN, kNaN};
  return row;
}

std::vector<SweepRow> inside_unit(const OuterSplit& split, const OuterFold& fold,
                                  const SweepGrid& grid, std::span<const Chosen> family) {
  std::vector<SweepRow> unit;
  for (const auto& settings : family) {
    unit.push_back(row_of(split, fold, grid.model, settings_text(settings)));
  }
  return unit;
}

std::vector<SweepRow> outside_unit(const OuterSplit& split, const OuterFold& fold,
                                   const SweepRow& chosen) {
  std::vector<SweepRow> unit;
  for (const auto& task : tasks_of(fold)) {
    unit.push_back(row_of(split, fold, chosen.model, chosen.settings));
    unit.back().inside = false;
    unit.back().task = task;
  }
  return unit;
}

// The training part of a fold and how it is divided.
struct Inside {
  Training training;
  Truth truth;
  Groups groups;
};

Inside make_inside(const Training& all, const Truth& truth, const OuterFold& fold) {
  Inside made{subset(all, fold.train), part_of(truth, fold.train), {}};
  made.groups = inside_groups(fold.inside, made.training.conditions);
  if (fold.inside.folds == 0) return made;
  // Of the same context and the same group.
  std::map<std::pair<std::int32_t, std::size_t>, std::int32_t> number;
  std::vector<std::size_t> group_of(made.training.conditions.size(), made.groups.size());
  for (std::size_t g = 0; g < made.groups.size(); ++g) {
    for (const auto row : made.groups[g]) group_of[static_cast<std::size_t>(row)] = g;
  }
  for (std::size_t row = 0; row < group_of.size(); ++row) {
    auto& set = made.truth.candidates[row];
    set = number.emplace(std::pair{set, group_of[row]}, static_cast<std::int32_t>(number.size()))
              .first->second;
  }
  return made;
}

void fill_inside(const Inside& inside, const SweepGrid& grid, std::span<const Chosen> family,
                 bool once, std::vector<SweepRow>& unit) {
  const auto start = std::chrono::steady_clock::now();
  try {
    const auto scores =
        sweep_settings(grid.model, inside.training, family, inside.groups, inside.truth, once);
    for (std::size_t at = 0; at < unit.size(); ++at) {
      std::vector<Scores> asked;
      for (const auto& group : inside.groups) {
        for (const auto row : group) asked.push_back(scores[at][static_cast<std::size_t>(row)]);
      }
      unit[at].scores = mean_of(asked);
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) throw;
    for (auto& row : unit) row.note = error.what();
  }
  const double each = seconds_since(start) / static_cast<double>(unit.size());
  for (auto& row : unit) row.seconds = each;
}

void fill_outside(const Training& all, const Truth& truth, const OuterFold& fold,
                  const Chosen& settings, std::vector<SweepRow>& unit) {
  const auto start = std::chrono::steady_clock::now();
  try {
    const auto prediction = predict_fold(all, fold, unit.front().model, settings);
    std::vector<std::int64_t> places(fold.test.size());
    std::iota(places.begin(), places.end(), 0);
    std::vector<Scores> scores(places.size());
    score(products_of_profiles(prediction.delta.view(), places,
                               rows_of(all.delta.view(), fold.test).view()),
          part_of(truth, fold.test), scores);
    for (auto& row : unit) {
      std::vector<Scores> of_task;
      std::vector<models::Rung> rungs;
      for (std::size_t i = 0; i < scores.size(); ++i) {
        if (!fold.task.empty() && fold.task[i] != row.task) continue;
        of_task.push_back(scores[i]);
        rungs.push_back(prediction.rung[i]);
      }
      row.scores = mean_of(of_task);
      row.rules = rules_of(rungs);
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) throw;
    for (auto& row : unit) row.note = error.what();
  }
  const double each = seconds_since(start) / static_cast<double>(unit.size());
  for (auto& row : unit) row.seconds = each;
}

// Walks the table in its order. `inside` and `outside` fill the units that were not finished.
template <typename Fold, typename FillInside, typename FillOutside>
std::vector<SweepRow> walk(const SweepRequest& request, const Fold& enter_fold,
                           const FillInside& inside, const FillOutside& outside) {
  std::vector<SweepRow> table;
  for (std::size_t s = 0; s < request.splits.size(); ++s) {
    const auto& split = request.splits[s];
    for (std::size_t f = 0; f < split.folds.size(); ++f) {
      const auto& fold = split.folds[f];
      enter_fold(split, fold);
      for (const auto& grid : request.grids) {
        for (const auto& family : families_of(grid)) {
          auto unit = inside_unit(split, fold, grid, family);
          if (!inside(grid, family, unit)) return table;
          std::ranges::move(unit, std::back_inserter(table));
        }
      }
      if (fold.test.empty()) continue;
      const auto choice = choice_of(request, table, s, f);
      for (std::size_t g = 0; g < request.grids.size(); ++g) {
        const auto at = choice.row_of_grid[g];
        if (at < 0) continue;
        auto unit = outside_unit(split, fold, table[static_cast<std::size_t>(at)]);
        Chosen settings;
        for (auto& one : settings_of(request.grids[g])) {
          if (settings_text(one) == unit.front().settings) settings = std::move(one);
        }
        if (!outside(settings, unit)) return table;
        std::ranges::move(unit, std::back_inserter(table));
      }
    }
  }
  return table;
}

}  // namespace

double value_of(const Scores& scores, SweepScore which) {
  switch (which) {
    case SweepScore::kMse:
      return scores.mse;
    case SweepScore::kPearson:
      return scores.pearson;
    case SweepScore::kCosine:
      return scores.cosine;
    case SweepScore::kPdsL2:
      return scores.pds_l2;
    case SweepScore::kPdsCosine:
      return scores.pds_cosine;
  }
  return kNaN;
}

std::string_view score_name(SweepScore which) {
  constexpr std::string_view kNames[] = {"mse", "pearson", "cosine", "pds_l2", "pds_cosine"};
  return kNames[static_cast<std::size_t>(which)];
}

bool lower_is_better(SweepScore which) { return which == SweepScore::kMse; }

std::int64_t best_of(std::span<const SweepRow> rows, SweepScore select) {
  std::int64_t best = -1;
  const auto predicted = [&](std::int64_t at) {
    const auto& scores = rows[static_cast<std::size_t>(at)].scores;
    return scores.predictions - scores.without_prediction;
  };
  const auto loss = [&](std::int64_t at) {
    const double value = value_of(rows[static_cast<std::size_t>(at)].scores.mean, select);
    return lower_is_better(select) ? value : -value;
  };
  for (std::int64_t at = 0; at < std::ssize(rows); ++at) {
    if (std::isnan(loss(at))) continue;
    if (best < 0 || predicted(at) > predicted(best) ||
        (predicted(at) == predicted(best) && loss(at) < loss(best))) {
      best = at;
    }
  }
  return best;
}

FoldChoice choice_of(const SweepRequest& request, std::span<const SweepRow> table,
                     std::size_t split, std::size_t fold) {
  const auto& of_split = request.splits[split];
  const auto& of_fold = of_split.folds[fold];
  std::vector<std::size_t> mine;  // inside rows of this fold, in the grids' order
  for (std::size_t at = 0; at < table.size(); ++at) {
    if (table[at].inside && table[at].split == of_split.name && table[at].fold == of_fold.name) {
      mine.push_back(at);
    }
  }
  FoldChoice choice;
  std::vector<SweepRow> best_rows;
  std::vector<std::int64_t> best_grids;
  std::size_t next = 0;
  for (const auto& grid : request.grids) {
    const auto count = settings_of(grid).size();
    std::vector<SweepRow> rows;
    std::int64_t fitted = -1;
    for (std::size_t i = 0; i < count; ++i) {
      rows.push_back(table[mine.at(next + i)]);
      if (fitted < 0 && rows.back().note.empty()) fitted = static_cast<std::int64_t>(i);
    }
    auto best = best_of(rows, request.select);
    const bool scored = best >= 0;
    if (!scored) best = fitted;  // nothing to choose by: the first that can be fitted
    choice.row_of_grid.push_back(
        best < 0 ? -1 : static_cast<std::int64_t>(mine[next + static_cast<std::size_t>(best)]));
    if (scored) {
      best_rows.push_back(rows[static_cast<std::size_t>(best)]);
      best_grids.push_back(std::ssize(choice.row_of_grid) - 1);
    }
    next += count;
  }
  if (const auto best = best_of(best_rows, request.select); best >= 0) {
    choice.best_grid = best_grids[static_cast<std::size_t>(best)];
  }
  return choice;
}

models::Prediction predict_fold(const Training& all, const OuterFold& fold,
                                const std::string& model, const Chosen& settings) {
  const Training part = subset(all, fold.train);
  std::vector<models::Condition> asked;
  for (const auto row : fold.test) {
    asked.push_back(all.conditions[static_cast<std::size_t>(row)]);
  }
  return models::fit_model(model, part, settings)->predict(asked);
}

std::vector<SweepRow> sweep_nested(const Training& all, const SweepRequest& request,
                                   std::span<const SweepRow> finished,
                                   const std::function<void(std::span<const SweepRow>)>& on_rows) {
  Truth truth = make_truth(all.delta.view());
  truth.candidates = contexts_of(all);
  Finished earlier(finished);
  const OuterFold* fold_now = nullptr;
  std::optional<Inside> inside;
  return walk(
      request,
      [&](const OuterSplit&, const OuterFold& fold) {
        fold_now = &fold;
        inside.reset();
      },
      [&](const SweepGrid& grid, std::span<const Chosen> family, std::vector<SweepRow>& unit) {
        if (earlier.take(unit)) return true;
        if (!inside) inside = make_inside(all, truth, *fold_now);
        fill_inside(*inside, grid, family, fold_now->inside.folds == 0, unit);
        on_rows(unit);
        return true;
      },
      [&](const Chosen& settings, std::vector<SweepRow>& unit) {
        if (earlier.take(unit)) return true;
        fill_outside(all, truth, *fold_now, settings, unit);
        on_rows(unit);
        return true;
      });
}

std::size_t rows_to_keep(const SweepRequest& request, std::span<const SweepRow> finished) {
  Finished earlier(finished);
  static_cast<void>(walk(
      request, [](const OuterSplit&, const OuterFold&) {},
      [&](const SweepGrid&, std::span<const Chosen>, std::vector<SweepRow>& unit) {
        return earlier.take(unit);
      },
      [&](const Chosen&, std::vector<SweepRow>& unit) { return earlier.take(unit); }));
  return earlier.taken();
}

}  // namespace cupel::sweep
