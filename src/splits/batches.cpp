// Batches (baselines-splits-audits.md B10). "replicates" holds out whole batches of every
// condition: it asks how well a condition is repeated. "balanced" divides every condition's cells
// so that each part has the batches in the context's own proportions: random cells, without the
// batch effect.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "splits/cell_parts.hpp"
#include "splits/entities.hpp"

namespace cupel::splits {
namespace {

std::vector<std::string> batch_of(const Condition& condition) {
  if (condition.dataset.empty()) return {condition.batch};
  return {fmt::format("{}:{}", condition.dataset, condition.batch)};
}

}  // namespace

Draft draft_batches(const Material& material, const SplitOptions& options) {
  const auto batches = distinct(material, batch_of);
  if (material.columns.batch.empty() || batches.size() < 2) {
    refuse_split("batches", "needs two batches or more; give --batch-col");
  }
  Draft draft;
  auto& fold = draft.folds.emplace_back(empty_fold("all", material));
  if (options.mode == "balanced") {
    const CellShares shares{
        .train = 1.0 - options.test - options.val, .val = options.val, .test = options.test};
    if (shares.train <= 0.0) refuse_split("batches", "--test and --val leave nothing to train");
    for (std::size_t i = 0; i < material.conditions.size(); ++i) {
      if (is_control(material.conditions[i].condition)) continue;
      fold.part[i] = Part::kByCell;
      fold.task[i] = "replicate";
      divide_cells(material, static_cast<std::int32_t>(i), shares, options.seed, fold.cells);
    }
    draft.tasks.emplace_back("replicate", std::vector{Key::kCell});
    return draft;
  }
  const auto parts = deal_out({.names = batches, .stratum = {}}, options, "batches", "batch");
  // Batches must bring their own controls, or no effect can be measured in them.
  std::set<std::string> with_controls;
  for (const auto& entry : material.conditions) {
    if (is_control(entry.condition)) with_controls.insert(batch_of(entry.condition).front());
  }
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    const auto& condition = material.conditions[i].condition;
    if (is_control(condition)) continue;
    const auto batch = batch_of(condition).front();
    fold.part[i] = parts.at(batch);
    if (fold.part[i] != Part::kTest) continue;
    if (!with_controls.contains(batch)) {
      refuse_split("batches",
                   fmt::format("batch '{}' is to be tested and has no control cells", batch));
    }
    fold.task[i] = "replicate";
  }
  draft.tasks.emplace_back("replicate", std::vector{Key::kUnit, Key::kBatch});
  return draft;
}

}  // namespace cupel::splits
