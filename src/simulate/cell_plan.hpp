#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cupel/dataset.hpp"
#include "simulate/preset.hpp"
#include "simulate/truth.hpp"

namespace cupel::simulate {

// Cells [begin, end) of the file are of one context and one perturbation (or kControl).
struct CellGroup {
  std::int32_t context;
  std::int32_t perturbation;
  std::int64_t begin;
  std::int64_t end;
};

// Which cell is what, the same in every file: context by context, controls first.
struct CellPlan {
  std::vector<CellGroup> groups;
  [[nodiscard]] std::int64_t n_cells() const { return groups.back().end; }
};

// `scale` multiplies the cells of each group; none gets empty.
[[nodiscard]] CellPlan make_cell_plan(const Preset& preset, const Truth& truth, double scale);

inline constexpr const char* kControlLabel = "non-targeting";

// obs "target". `label_of` gives the perturbation that a group's cells are labelled with, one per
// perturbation.
[[nodiscard]] Column target_column(const CellPlan& plan, const Truth& truth,
                                   std::span<const std::int32_t> label_of);
// obs "cell_line".
[[nodiscard]] Column context_column(const CellPlan& plan, const Truth& truth);
[[nodiscard]] std::vector<std::string> cell_names(const CellPlan& plan);

}  // namespace cupel::simulate
