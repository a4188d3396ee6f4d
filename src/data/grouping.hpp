#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cupel/dataset.hpp"

namespace cupel {

// The cells of one context, by perturbation. Row lists are ascending.
struct Grouping {
  std::string context;                     // empty when the screen is one context
  std::vector<std::string> perturbations;  // sorted by codepoint, without the control
  std::vector<std::vector<std::int64_t>> rows;
  std::vector<std::int64_t> control;
};

// Whether there must be control cells.
enum class ControlCells : std::uint8_t { kRequired, kOptional };

// One Grouping per context, sorted by context; a single one named "" without `context_col`.
// Throws Error(kInput): column missing, control missing (lists the labels), a cell without a label.
[[nodiscard]] std::vector<Grouping> group_cells(Screen& screen, const std::string& pert_col,
                                                const std::string& control,
                                                const std::string& context_col,
                                                ControlCells need = ControlCells::kRequired);

}  // namespace cupel
