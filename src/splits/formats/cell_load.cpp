#include "splits/formats/cell_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cupel/error.hpp"

namespace cupel::splits {
namespace {

// What a screen's one unnamed dataset is called in files that need a name.
constexpr const char* kUnnamed = "screen";

using LabelsByPart = std::map<Part, std::set<std::string>>;

bool has_only_unused(const LabelsByPart& labels) {
  return std::ranges::all_of(labels, [](const auto& entry) {
    return entry.first == Part::kExcluded || entry.first == Part::kUnused;
  });
}

}  // namespace

Fold fold_of_cell_load(const Material& material, const CellLoadSplit& split, ImportNotes& notes) {
  std::set<std::string> named;
  for (const auto& entry : material.conditions) named.insert(entry.condition.dataset);
  std::string only;  // what the screen's unnamed dataset is called
  if (named == std::set<std::string>{""}) {
    if (split.datasets.size() != 1) {
      throw Error(ErrorKind::kInput,
                  fmt::format("the file has {} datasets and the screen's have no names; give "
                              "--dataset-col or --real NAME=FILE.h5ad",
                              split.datasets.size()));
    }
    only = split.datasets.begin()->first;
  }
  const auto context_of = [&](const Condition& condition) -> CellLoadSplit::ContextName {
    return {only.empty() ? condition.dataset : only, condition.context};
  };
  std::set<CellLoadSplit::ContextName> contexts;
  for (const auto& entry : material.conditions) contexts.insert(context_of(entry.condition));
  const auto check = [&](const CellLoadSplit::ContextName& name) {
    if (contexts.contains(name)) return;
    throw Error(ErrorKind::kInput, fmt::format("the screen has no context '{}' of dataset '{}'",
                                               name.second, name.first));
  };
  for (const auto& [name, part] : split.zeroshot) check(name);
  // Each few-shot context's lists are those of its own conditions.
  std::map<CellLoadSplit::ContextName, Fold> lists;
  for (const auto& [name, few] : split.fewshot) {
    check(name);
    ImportNotes own;
    lists[name] = fold_of_lists(
        material, {.train = {}, .val = few.val, .test = few.test},
        {.separator =
             material.columns.names.separator.empty() ? "+" : material.columns.names.separator,
         .control = "",
         .pads_singles = false},
        own);
    notes.unknown.insert(notes.unknown.end(), own.unknown.begin(), own.unknown.end());
    notes.controls.insert(notes.controls.end(), own.controls.begin(), own.controls.end());
  }
  auto fold = empty_fold("all", material);
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    const auto& condition = material.conditions[i].condition;
    if (is_control(condition)) continue;
    const auto context = context_of(condition);
    const auto zero = split.zeroshot.find(context);
    const auto few = lists.find(context);
    if (zero != split.zeroshot.end()) {
      fold.part[i] = zero->second;
    } else if (few != lists.end()) {
      const auto part = few->second.part[i];
      fold.part[i] = part == Part::kUnused ? Part::kTrain : part;
    } else if (std::ranges::find(split.training, context.first) != split.training.end()) {
      fold.part[i] = Part::kTrain;
    }
  }
  return fold;
}

CellLoadSplit cell_load_of(const Manifest& manifest, const Fold& fold, const Material& material,
                           std::span<const std::string> paths) {
  CellLoadSplit split;
  std::map<CellLoadSplit::ContextName, LabelsByPart> contexts;
  for (const auto& entry : material.conditions) {
    const auto& condition = entry.condition;
    const auto dataset = condition.dataset.empty() ? std::string(kUnnamed) : condition.dataset;
    split.datasets.emplace(dataset, paths[static_cast<std::size_t>(entry.screen)]);
    if (condition.context.empty() || dataset.find('.') != dataset.npos) {
      throw Error(ErrorKind::kInput,
                  fmt::format("cell-load names contexts \"dataset.context\", which '{}' of dataset "
                              "'{}' cannot be; give --context-col, or export perturbench",
                              condition.context, dataset));
    }
    const auto at = std::ranges::lower_bound(manifest.conditions, condition);
    if (is_control(condition) || at == manifest.conditions.end() || *at != condition) continue;
    const auto part = fold.part[static_cast<std::size_t>(at - manifest.conditions.begin())];
    contexts[{dataset, condition.context}][part].insert(entry.labels.begin(), entry.labels.end());
  }
  std::set<std::string> training;
  std::vector<CellLoadSplit::ContextName> left_out;
  for (const auto& [name, by_part] : contexts) {
    const auto& labels_of = by_part;
    const auto has = [&labels_of](Part part) { return labels_of.contains(part); };
    const auto refuse = [&context = name.second](std::string_view what) {
      throw Error(ErrorKind::kInput,
                  fmt::format("context '{}' {}, which a cell-load file cannot say; export "
                              "perturbench",
                              context, what));
    };
    if (has(Part::kByCell)) refuse("has conditions divided by cells");
    if (has(Part::kExcluded) || has(Part::kUnused)) {
      if (!has_only_unused(labels_of)) refuse("has conditions in no part");
      left_out.push_back(name);
      continue;
    }
    if (labels_of.size() == 1) {
      const auto part = labels_of.begin()->first;
      if (part == Part::kTrain) {
        training.insert(name.first);
      } else {
        split.zeroshot[name] = part;
      }
      continue;
    }
    std::set<std::string> all;
    std::size_t count = 0;
    for (const auto& [part, labels] : by_part) {
      all.insert(labels.begin(), labels.end());
      count += labels.size();
    }
    if (all.size() != count) refuse("has one label in two parts, told apart by dose or batch");
    auto& few = split.fewshot[name];
    const auto list_of = [&](Part part) -> std::vector<std::string> {
      if (!has(part)) return {};
      return {labels_of.at(part).begin(), labels_of.at(part).end()};
    };
    few = {.val = list_of(Part::kVal), .test = list_of(Part::kTest)};
  }
  for (const auto& [dataset, context] : left_out) {
    if (!training.contains(dataset)) continue;
    throw Error(ErrorKind::kInput,
                fmt::format("context '{}' is in no part while others of its dataset train, which a "
                            "cell-load file cannot say; export perturbench",
                            context));
  }
  split.training.assign(training.begin(), training.end());
  return split;
}

}  // namespace cupel::splits
