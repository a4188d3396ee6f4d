#include "splits/hold_out_members.hpp"

#include <algorithm>
#include <set>

#include "splits/entities.hpp"

namespace cupel::splits {

Draft hold_out_members(const Material& material, const SplitOptions& options,
                       std::string_view task) {
  const bool grouped = !options.groups.empty();
  const auto entity_of = [&](const std::string& member) {
    const auto found = options.groups.find(member);
    return found == options.groups.end() ? member : found->second;
  };
  std::set<std::string> names;
  for (const auto& entry : material.conditions) {
    for (const auto& member : entry.condition.members) names.insert(entity_of(member));
  }
  const auto entities = with_strata({names.begin(), names.end()}, options);
  const auto parts = deal_out(entities, options, task, grouped ? "group" : "perturbation");

  Draft draft;
  auto& fold = draft.folds.emplace_back(empty_fold("all", material));
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    const auto& members = material.conditions[i].condition.members;
    if (members.empty()) continue;
    const auto count = [&](Part part) {
      return std::ranges::count_if(
          members, [&](const std::string& member) { return parts.at(entity_of(member)) == part; });
    };
    if (count(Part::kTest) == std::ssize(members)) {
      fold.part[i] = Part::kTest;
      fold.task[i] = task;
    } else if (count(Part::kTest) > 0) {
      fold.part[i] = Part::kExcluded;
    } else {
      fold.part[i] = count(Part::kVal) > 0 ? Part::kVal : Part::kTrain;
    }
  }
  std::vector<Key> keys{Key::kPerturbation, Key::kMember};
  if (grouped) keys.push_back(Key::kGroup);
  draft.tasks.emplace_back(task, keys);
  return draft;
}

}  // namespace cupel::splits
