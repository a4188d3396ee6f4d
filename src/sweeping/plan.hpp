#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "conditions/condition_list.hpp"
#include "cupel/sweep.hpp"
#include "fitting/division.hpp"
#include "fitting/training_data.hpp"
#include "sweep/nested.hpp"

// From a sweep's file to the folds it walks, and from its table to files of predictions.
namespace cupel::sweeping {

// What a score on a split and task can say.
using Claims = std::map<std::pair<std::string, std::string>, std::string>;

// What there is to sweep over, and what it can claim.
struct Plan {
  std::vector<sweep::OuterSplit> splits;  // rows are those of the training data
  Claims claims;
};

// Splits are read or made; those made here are written to the folder. Choices are made inside a
// fold so that they meet what the fold tests, unless the file says how. Throws Error(kInput) for a
// split that a sweep cannot follow: one that divides the cells of a condition, hides the controls
// of what it tests, or is of other columns.
[[nodiscard]] Plan make_plan(const SweepConfig& config, const fitting::OpenScreens& screens,
                             const ConditionColumns& columns, const fitting::Division& division,
                             const models::Training& training, const std::filesystem::path& folder,
                             Console& console);

}  // namespace cupel::sweeping
