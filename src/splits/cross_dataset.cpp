// One dataset trains, another is tested (baselines-splits-audits.md B8). Perturbations that both
// hold and those that only the tested one has are tested apart: "shared" and "new".
#include <set>

#include "splits/entities.hpp"

namespace cupel::splits {
namespace {

std::vector<std::string> dataset_of(const Condition& condition) { return {condition.dataset}; }

}  // namespace

Draft draft_cross_dataset(const Material& material, const SplitOptions& options) {
  const auto datasets = distinct(material, dataset_of);
  if (datasets.size() < 2) {
    refuse_split("cross-dataset",
                 "needs two datasets or more; give --dataset-col or several --real");
  }
  auto by_dataset = options;
  if (options.validate.empty()) by_dataset.val = 0.0;
  const auto parts =
      deal_out({.names = datasets, .stratum = {}}, by_dataset, "cross-dataset", "dataset");
  // Where no dataset validates, a share of the trained datasets' perturbations does; those that are
  // tested as shared stay in train.
  PartOf perturbations;
  if (options.validate.empty() && options.val > 0.0) {
    std::set<std::string> tested;
    std::set<std::string> trained;
    for (const auto& entry : material.conditions) {
      const auto& condition = entry.condition;
      if (is_control(condition)) continue;
      (parts.at(condition.dataset) == Part::kTest ? tested : trained)
          .insert(canonical_name(condition.members));
    }
    std::vector<std::string> free;
    for (const auto& name : trained) {
      if (!tested.contains(name)) free.push_back(name);
    }
    if (free.size() > 1) {
      auto only_val = options;
      only_val.test = 0.0;
      only_val.hold_out.clear();
      perturbations =
          deal_out(with_strata(free, options), only_val, "cross-dataset", "perturbation");
    }
  }
  std::set<std::string> trained;
  for (const auto& entry : material.conditions) {
    if (is_control(entry.condition) || parts.at(entry.condition.dataset) == Part::kTest) continue;
    for (const auto& name : name_of(entry.condition)) trained.insert(name);
  }
  Draft draft;
  auto& fold = draft.folds.emplace_back(empty_fold("all", material));
  std::set<std::string> tasks;
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    const auto& condition = material.conditions[i].condition;
    if (is_control(condition)) continue;
    const auto name = canonical_name(condition.members);
    fold.part[i] = parts.at(condition.dataset);
    if (fold.part[i] == Part::kTest) {
      fold.task[i] = trained.contains(name) ? "shared" : "new";
      tasks.insert(fold.task[i]);
    } else if (fold.part[i] == Part::kTrain) {
      const auto found = perturbations.find(name);
      if (found != perturbations.end()) fold.part[i] = found->second;
    }
  }
  for (const auto& task : tasks) {
    std::vector<Key> keys{Key::kDataset};
    if (task == "new") keys.push_back(Key::kPerturbation);
    draft.tasks.emplace_back(task, keys);
  }
  return draft;
}

}  // namespace cupel::splits
