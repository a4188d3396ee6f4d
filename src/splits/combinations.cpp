// Combinations by how many of their members are trained (baselines-splits-audits.md B7).
#include "splits/combinations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cupel/error.hpp"
#include "splits/entities.hpp"

namespace cupel::splits {
namespace {

using Members = std::vector<std::string>;

bool is_single(const Condition& condition) { return condition.members.size() == 1; }
bool is_combination(const Condition& condition) { return condition.members.size() > 1; }

std::vector<std::string> single_of(const Condition& condition) {
  return is_single(condition) ? condition.members : Members{};
}
std::vector<std::string> combination_of(const Condition& condition) {
  return is_combination(condition) ? Members{canonical_name(condition.members)} : Members{};
}

// Exact classes. Members that were measured alone are dealt to train, val and test; the others
// count as held out. A combination with a held-out member is tested, unless it holds one of val
// too, which would blur its class: that one is excluded. With a member of val it validates. Of
// those whose members all train, a share is tested.
void by_classes(const Material& material, const SplitOptions& options, Draft& draft) {
  const auto members = deal_out(with_strata(distinct(material, single_of), options), options,
                                "combo", "perturbation");
  const auto part_of = [&](const std::string& member) {
    const auto found = members.find(member);
    return found == members.end() ? Part::kTest : found->second;
  };
  std::set<std::string> trained;
  for (const auto& [member, part] : members) {
    if (part == Part::kTrain) trained.insert(member);
  }
  // Combinations of trained members alone.
  std::set<std::string> inside;
  for (const auto& entry : material.conditions) {
    if (!is_combination(entry.condition)) continue;
    if (std::ranges::all_of(entry.condition.members,
                            [&](const auto& member) { return trained.contains(member); })) {
      inside.insert(canonical_name(entry.condition.members));
    }
  }
  auto pairs = options;
  pairs.test = options.test_combinations;
  pairs.hold_out.clear();
  pairs.validate.clear();
  if (inside.size() < 3) pairs.val = 0.0;
  PartOf combinations;
  if (inside.size() < 2) {  // one cannot be on two sides
    for (const auto& name : inside) combinations[name] = Part::kTrain;
  } else {
    combinations = deal_out({.names = {inside.begin(), inside.end()}, .stratum = {}}, pairs,
                            "combo", "combination");
  }

  auto& fold = draft.folds.emplace_back(empty_fold("all", material));
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    const auto& condition = material.conditions[i].condition;
    if (is_control(condition)) continue;
    const auto any = [&](Part part) {
      return std::ranges::any_of(condition.members,
                                 [&](const auto& member) { return part_of(member) == part; });
    };
    if (any(Part::kTest)) {
      fold.part[i] = any(Part::kVal) ? Part::kExcluded : Part::kTest;
    } else if (any(Part::kVal)) {
      fold.part[i] = Part::kVal;
    } else {
      fold.part[i] =
          is_single(condition) ? Part::kTrain : combinations.at(canonical_name(condition.members));
    }
    if (fold.part[i] == Part::kTest) fold.task[i] = seen_class(condition.members, trained);
  }
}

// Every single trains; a share of the combinations is tested (PerturBench's `combine`).
void all_singles_train(const Material& material, const SplitOptions& options, Draft& draft) {
  const auto parts = deal_out(with_strata(distinct(material, combination_of), options), options,
                              "combo", "combination");
  std::set<std::string> singles;
  for (auto& name : distinct(material, single_of)) singles.insert(std::move(name));
  auto& fold = draft.folds.emplace_back(empty_fold("all", material));
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    const auto& condition = material.conditions[i].condition;
    if (is_control(condition)) continue;
    fold.part[i] =
        is_single(condition) ? Part::kTrain : parts.at(canonical_name(condition.members));
    if (fold.part[i] == Part::kTest) fold.task[i] = seen_class(condition.members, singles);
  }
}

// Singles are tested whose combinations train, never two members of one combination (PerturBench's
// `combine_inverse`).
void singles_from_combinations(const Material& material, const SplitOptions& options,
                               Draft& draft) {
  std::map<std::string, std::set<std::string>> partners;
  for (const auto& entry : material.conditions) {
    const auto& members = entry.condition.members;
    if (members.size() < 2) continue;
    for (const auto& member : members) partners[member].insert(members.begin(), members.end());
  }
  std::vector<std::string> eligible;
  for (const auto& name : distinct(material, single_of)) {
    if (partners.contains(name)) eligible.push_back(name);
  }
  if (eligible.empty()) {
    refuse_split("combo", "no perturbation was measured both alone and within a combination");
  }
  // The draw proposes an order: those of test first, then val. A partner of one taken is passed by.
  auto proposal = deal_out(with_strata(eligible, options), options, "combo", "single");
  std::map<std::string, Part> taken;
  for (const auto wanted : {Part::kTest, Part::kVal}) {
    for (const auto& [name, part] : proposal) {
      if (part != wanted) continue;
      const auto& near = partners.at(name);
      const bool clash = std::ranges::any_of(taken, [&](const auto& entry) {
        return entry.first != name && near.contains(entry.first);
      });
      if (!clash) taken[name] = wanted;
    }
  }
  auto& fold = draft.folds.emplace_back(empty_fold("all", material));
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    const auto& condition = material.conditions[i].condition;
    if (is_control(condition)) continue;
    const auto found = is_single(condition) ? taken.find(condition.members.front()) : taken.end();
    fold.part[i] = found == taken.end() ? Part::kTrain : found->second;
    if (fold.part[i] == Part::kTest) fold.task[i] = "single_from_combinations";
  }
}

}  // namespace

std::string seen_class(std::span<const std::string> members, const std::set<std::string>& trained) {
  const auto seen = std::ranges::count_if(
      members, [&](const std::string& member) { return trained.contains(member); });
  if (members.size() == 1) return seen == 1 ? "single_seen" : "unseen_single";
  if (members.size() == 2) return fmt::format("combo_seen{}", seen);
  return fmt::format("combo{}_seen{}", members.size(), seen);
}

Draft draft_combinations(const Material& material, const SplitOptions& options) {
  if (distinct(material, combination_of).empty()) {
    refuse_split("combo", "no label is a combination; give the --separator between members");
  }
  Draft draft;
  if (options.mode == "classes") {
    by_classes(material, options, draft);
  } else if (options.mode == "combine") {
    all_singles_train(material, options, draft);
  } else {
    singles_from_combinations(material, options, draft);
  }
  std::set<std::string> tasks;
  for (const auto& task : draft.folds.front().task) {
    if (!task.empty()) tasks.insert(task);
  }
  for (const auto& task : tasks) draft.tasks.emplace_back(task, std::vector{Key::kPerturbation});
  return draft;
}

}  // namespace cupel::splits
