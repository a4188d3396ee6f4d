#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "conditions/condition_list.hpp"
#include "splits/manifest.hpp"

namespace cupel::splits {

// The cells that a condition has on one side of a fold.
struct SideCells {
  std::int32_t condition = 0;           // of Manifest::conditions
  std::int32_t entry = 0;               // of the list of conditions that was given
  std::int32_t screen = 0;              // which of the screens
  std::vector<std::int64_t> rows = {};  // of that screen, ascending
};

struct Side {
  std::vector<SideCells> perturbed = {};  // in the order of the conditions
  std::vector<SideCells> controls = {};   // those shared by all sides too
};

struct FoldCells {
  Side train = {};
  Side val = {};
  Side test = {};
};

// Names of a condition's cells in the order of its rows.
using CellNames = std::function<std::vector<std::string>(const ConditionCells&)>;

// Which cells of a screen train, validate and test in a fold. What is excluded or unused is on no
// side, and neither are conditions and cells of the screen that the split does not name: nothing
// trains that was not meant to. `names` is asked for divided conditions alone. Throws Error(kInput)
// when a condition or a cell that has a side is not in the screen, or two cells of a divided
// condition have one name.
[[nodiscard]] FoldCells cells_of_fold(const Manifest& manifest, const Fold& fold,
                                      std::span<const ConditionCells> conditions,
                                      const CellNames& names);

}  // namespace cupel::splits
