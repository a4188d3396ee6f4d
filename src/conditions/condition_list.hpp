#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "conditions/condition.hpp"
#include "conditions/names.hpp"
#include "cupel/dataset.hpp"

namespace cupel {

// Which obs columns say what was done to a cell; an empty name: no such column.
struct ConditionColumns {
  std::string perturbation = "target";
  std::string context = {};
  std::string dose = {};
  std::string batch = {};
  std::string dataset = {};
  NameRule names = {};
};

// A screen and what to call it; its cells' dataset where there is no dataset column.
struct NamedScreen {
  Screen* screen = nullptr;
  std::string dataset = {};
};

// One condition and its cells.
struct ConditionCells {
  Condition condition = {};
  std::vector<std::string> labels = {};  // of the perturbation as the file has them, sorted
  std::int32_t screen = 0;               // which of the screens
  std::vector<std::int64_t> rows = {};   // of that screen, ascending
};

// Every condition of the screens, controls among them, sorted; each cell is in exactly one. The
// same for any order of a file's rows, but for the rows' numbers. Throws Error(kInput): a column or
// a label is missing, a label cannot be read, no cell is a control, or two files hold the same
// condition of one dataset.
[[nodiscard]] std::vector<ConditionCells> list_conditions(std::span<const NamedScreen> screens,
                                                          const ConditionColumns& columns);

}  // namespace cupel
