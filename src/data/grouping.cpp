#include "data/grouping.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cupel/error.hpp"
#include "text.hpp"

namespace cupel {
namespace {

// An empty text says as little as no label.
void refuse_missing(const Screen& screen, const Column& column) {
  const auto missing = std::ranges::find_if(column.codes, [&](std::int32_t code) {
    return code < 0 || column.categories[static_cast<std::size_t>(code)].empty();
  });
  if (missing == column.codes.end()) return;
  throw Error(ErrorKind::kInput,
              fmt::format("{}: cell {} has no label in obs column '{}'; label it or drop it",
                          screen.path(), missing - column.codes.begin(), column.name));
}

// Category ids in codepoint order of their text.
std::vector<std::int32_t> sorted_ids(const Column& column) {
  std::vector<std::int32_t> ids(column.categories.size());
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int32_t>(i);
  std::ranges::sort(ids, {}, [&](std::int32_t id) -> const std::string& {
    return column.categories[static_cast<std::size_t>(id)];
  });
  return ids;
}

}  // namespace

std::vector<Grouping> group_cells(Screen& screen, const std::string& pert_col,
                                  const std::string& control, const std::string& context_col,
                                  ControlCells need) {
  const Column labels = screen.obs(pert_col);
  refuse_missing(screen, labels);
  const auto control_at = std::ranges::find(labels.categories, control);
  const auto control_id = static_cast<std::int32_t>(control_at - labels.categories.begin());
  if (need == ControlCells::kRequired &&
      (control_at == labels.categories.end() ||
       std::ranges::find(labels.codes, control_id) == labels.codes.end())) {
    const auto near = nearest(control, labels.categories);
    throw Error(ErrorKind::kInput,
                fmt::format("{}: no cell is labelled '{}' in obs column '{}'{}; give --control one of: {}",
                            screen.path(), control, pert_col,
                            near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near),
                            listed(labels.categories)));
  }

  Column contexts;
  if (context_col.empty()) {
    contexts.categories = {""};
    contexts.codes.assign(labels.codes.size(), 0);
  } else {
    contexts = screen.obs(context_col);
    refuse_missing(screen, contexts);
  }

  // rows[context][label]
  std::vector<std::vector<std::vector<std::int64_t>>> rows(
      contexts.categories.size(),
      std::vector<std::vector<std::int64_t>>(labels.categories.size()));
  for (std::size_t cell = 0; cell < labels.codes.size(); ++cell) {
    rows[static_cast<std::size_t>(contexts.codes[cell])]
        [static_cast<std::size_t>(labels.codes[cell])]
            .push_back(static_cast<std::int64_t>(cell));
  }

  const auto label_order = sorted_ids(labels);
  std::vector<Grouping> groupings;
  for (const auto context : sorted_ids(contexts)) {
    auto& by_label = rows[static_cast<std::size_t>(context)];
    Grouping grouping;
    grouping.context = contexts.categories[static_cast<std::size_t>(context)];
    bool any = false;
    for (const auto label : label_order) {
      auto& cells = by_label[static_cast<std::size_t>(label)];
      if (cells.empty()) continue;
      any = true;
      if (label == control_id) {
        grouping.control = std::move(cells);
      } else {
        grouping.perturbations.push_back(labels.categories[static_cast<std::size_t>(label)]);
        grouping.rows.push_back(std::move(cells));
      }
    }
    if (!any) continue;
    if (grouping.control.empty() && need == ControlCells::kRequired) {
      throw Error(ErrorKind::kInput,
                  fmt::format("{}: context '{}' has no control cells ('{}' in '{}'); every context is "
                              "scored against its own controls",
                              screen.path(), grouping.context, control, pert_col));
    }
    if (grouping.perturbations.empty()) {
      throw Error(ErrorKind::kInput,
                  fmt::format("{}: {}every cell is labelled '{}' in obs column '{}'; there is no "
                              "perturbation to judge",
                              screen.path(),
                              context_col.empty() ? "" : fmt::format("in context '{}' ", grouping.context),
                              control, pert_col));
    }
    groupings.push_back(std::move(grouping));
  }
  return groupings;
}

}  // namespace cupel
