#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "conditions/condition_list.hpp"
#include "splits/manifest.hpp"

// Which cells of a screen a model may look at, and what it is asked (baselines-splits-audits.md
// A0).
namespace cupel::fitting {

// Cells of one condition that train, its batches apart.
struct TrainedCondition {
  Condition condition = {};                  // without batch
  std::vector<std::string> labels = {};      // of the perturbation as the file has them, sorted
  std::vector<ConditionCells> batches = {};  // rows that may be read
  [[nodiscard]] std::int64_t n_cells() const;
};

// A condition to predict.
struct AskedCondition {
  Condition condition = {};                // without batch
  std::vector<std::string> labels = {};    // under which the prediction is written, sorted
  std::string task = {};                   // the split's, such as "combo_seen1"; or empty
  std::vector<ConditionCells> cells = {};  // held out, if the screen has any: no model sees them
  [[nodiscard]] std::int64_t n_cells() const;
};

struct Division {
  std::vector<TrainedCondition> control;       // of each context; sorted by condition
  std::vector<TrainedCondition> train;         // the same
  std::vector<AskedCondition> asked;           // the same
  std::vector<TrainedCondition> test_control;  // of each context, to measure the asked against
  std::int64_t not_in_split = 0;   // conditions of the screen that the split does not know
  std::int64_t not_in_screen = 0;  // those that train, the other way round
};

// A fold of a split: train trains, and with `with_val` val does too; test is asked, whether the
// screen has it or not. Controls count where they train. `cell_names` gives the names of a
// condition's cells in the order of its rows; asked for by splits of cells alone.
using CellNames = std::function<std::vector<std::string>(const ConditionCells&)>;
[[nodiscard]] Division divide_by_fold(std::span<const ConditionCells> screen,
                                      const splits::Manifest& manifest, const splits::Fold& fold,
                                      bool with_val, const CellNames& cell_names);

// Lines of a file: LABEL, CONTEXT<tab>LABEL or CONTEXT<tab>LABEL<tab>DOSE, where what is left out
// stands for all. `trains`: they train and the rest is asked; else they are asked, whether the
// screen has them or not, and the rest trains. All controls count. Throws Error(kInput), naming
// `path`, for a control, a context that the screen has not, or one to train on that it has not.
[[nodiscard]] Division divide_by_lines(std::span<const ConditionCells> screen,
                                       std::span<const std::string> lines, const std::string& path,
                                       bool trains, const NameRule& names);

// The fold of this name; the only one for an empty name. Throws Error(kUsage) with the names.
[[nodiscard]] const splits::Fold& find_fold(const splits::Manifest& manifest,
                                            const std::string& name, const std::string& path);

}  // namespace cupel::fitting
