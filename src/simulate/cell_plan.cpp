#include "simulate/cell_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "simulate/response.hpp"

namespace cupel::simulate {
namespace {

std::int64_t scaled(std::int64_t cells, double scale) {
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(cells) * scale));
}

template <typename CodeOf>
Column make_column(const char* name, const CellPlan& plan, const CodeOf& code_of) {
  Column column{name, "categorical", {}, {}};
  column.codes.reserve(static_cast<std::size_t>(plan.n_cells()));
  for (const CellGroup& group : plan.groups) {
    column.codes.insert(column.codes.end(), static_cast<std::size_t>(group.end - group.begin),
                        code_of(group));
  }
  return column;
}

}  // namespace

CellPlan make_cell_plan(const Preset& preset, const Truth& truth, double scale) {
  CellPlan plan;
  std::int64_t at = 0;
  const auto add = [&](std::int32_t context, std::int32_t perturbation, std::int64_t cells) {
    plan.groups.push_back({context, perturbation, at, at + cells});
    at += cells;
  };
  const std::int64_t n = truth.n_perturbations();
  const std::int64_t perturbed = scaled(preset.perturbed_cells, scale);
  for (std::int32_t context = 0; context < truth.n_contexts; ++context) {
    add(context, kControl, scaled(preset.control_cells, scale));
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t share = (i + 1) * perturbed / n - i * perturbed / n;
      add(context, static_cast<std::int32_t>(i), std::max<std::int64_t>(1, share));
    }
  }
  return plan;
}

Column target_column(const CellPlan& plan, const Truth& truth,
                     std::span<const std::int32_t> label_of) {
  Column column = make_column("target", plan, [&](const CellGroup& group) {
    return group.perturbation == kControl ? truth.n_perturbations()
                                          : label_of[static_cast<std::size_t>(group.perturbation)];
  });
  column.categories = truth.perturbations;
  column.categories.emplace_back(kControlLabel);  // sorts after them: they are in capitals
  return column;
}

Column context_column(const CellPlan& plan, const Truth& truth) {
  Column column =
      make_column("cell_line", plan, [](const CellGroup& group) { return group.context; });
  for (std::int32_t context = 0; context < truth.n_contexts; ++context) {
    column.categories.push_back(context_name(context));
  }
  return column;
}

std::vector<std::string> cell_names(const CellPlan& plan) {
  const auto width = fmt::formatted_size("{}", plan.n_cells());
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(plan.n_cells()));
  for (std::int64_t cell = 0; cell < plan.n_cells(); ++cell) {
    names.push_back(fmt::format("cell_{:0{}}", cell + 1, width));
  }
  return names;
}

}  // namespace cupel::simulate
