#include "splits/gears.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cupel/error.hpp"
#include "random/numpy_legacy_random.hpp"
#include "splits/combinations.hpp"
#include "splits/generator.hpp"

namespace cupel::splits {
namespace {

// int(n * share) items of a list, as np.random.seed(seed); np.random.choice(..., replace=False).
std::set<std::string> chosen(const std::set<std::string>& sorted, double share,
                             std::uint32_t seed) {
  const std::vector<std::string> items(sorted.begin(), sorted.end());
  NumpyLegacyRandom random(seed);
  std::set<std::string> picked;
  const auto n = std::ssize(items);
  for (const auto i : random.choice(n, static_cast<std::int64_t>(static_cast<double>(n) * share))) {
    picked.insert(items[static_cast<std::size_t>(i)]);
  }
  return picked;
}

}  // namespace

GearsSides gears_sides(std::span<const GearsCondition> conditions, double gene_share,
                       double combination_share, std::uint32_t seed) {
  std::set<std::string> genes;
  for (const auto& condition : conditions) {
    if (condition.members.size() > 2) {
      throw Error(ErrorKind::kInput,
                  fmt::format("gears: '{}' has more than two members, which GEARS does not split",
                              condition.name));
    }
    genes.insert(condition.members.begin(), condition.members.end());
  }
  const auto trained = chosen(genes, gene_share, seed);
  GearsSides sides;
  for (const auto* name : {"combo_seen0", "combo_seen1", "combo_seen2", "unseen_single"}) {
    sides.subgroup[name];
  }
  std::set<std::string> both_seen;
  for (const auto& condition : conditions) {
    const auto seen = seen_class(condition.members, trained);
    if (seen == "single_seen") {
      sides.train.push_back(condition.name);
    } else if (seen == "combo_seen2") {
      both_seen.insert(condition.name);
    } else {
      sides.test.push_back(condition.name);
      sides.subgroup[seen].push_back(condition.name);
    }
  }
  const auto trained_pairs = chosen(both_seen, combination_share, seed);
  for (const auto& name : both_seen) {
    if (trained_pairs.contains(name)) {
      sides.train.push_back(name);
    } else {
      sides.test.push_back(name);
      sides.subgroup["combo_seen2"].push_back(name);
    }
  }
  return sides;
}

GearsSplit gears_simulation(std::span<const GearsCondition> conditions, double gene_share,
                            double combination_share, std::uint32_t seed) {
  auto outer = gears_sides(conditions, gene_share, combination_share, seed);
  const std::set<std::string> kept(outer.train.begin(), outer.train.end());
  std::vector<GearsCondition> rest;
  for (const auto& condition : conditions) {
    if (kept.contains(condition.name)) rest.push_back(condition);
  }
  constexpr double kTrainOfTrain = 0.9;
  auto inner = gears_sides(rest, kTrainOfTrain, kTrainOfTrain, seed);
  return {.train = std::move(inner.train),
          .val = std::move(inner.test),
          .test = std::move(outer.test),
          .val_subgroup = std::move(inner.subgroup),
          .test_subgroup = std::move(outer.subgroup)};
}

Draft draft_gears(const Material& material, const SplitOptions& options) {
  if (options.seed > UINT32_MAX) {
    throw Error(ErrorKind::kUsage, "gears: numpy's RandomState takes seeds below 2^32");
  }
  // The file's own names decide which combination is drawn; of two for one condition, the first.
  std::map<std::vector<std::string>, std::string> names;
  for (const auto& entry : material.conditions) {
    if (!is_control(entry.condition)) {
      names.try_emplace(entry.condition.members, entry.labels.front());
    }
  }
  std::vector<GearsCondition> conditions;
  for (const auto& [members, name] : names) conditions.push_back({name, members});
  const auto split =
      gears_simulation(conditions, 1.0 - options.test, 1.0 - options.test_combinations,
                       static_cast<std::uint32_t>(options.seed));
  std::map<std::string, std::pair<Part, std::string>> place;
  for (const auto& name : split.train) place[name] = {Part::kTrain, ""};
  for (const auto& name : split.val) place[name] = {Part::kVal, ""};
  std::set<std::string> tasks;
  const auto put = [&](const auto& subgroups, Part part) {
    for (const auto& [task, members] : subgroups) {
      for (const auto& name : members) place[name] = {part, task};
      if (part == Part::kTest && !members.empty()) tasks.insert(task);
    }
  };
  put(split.val_subgroup, Part::kVal);
  put(split.test_subgroup, Part::kTest);

  Draft draft;
  draft.random = "numpy RandomState (MT19937)";
  auto& fold = draft.folds.emplace_back(empty_fold("all", material));
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    const auto& condition = material.conditions[i].condition;
    if (is_control(condition)) continue;
    std::tie(fold.part[i], fold.task[i]) = place.at(names.at(condition.members));
  }
  for (const auto& task : tasks) draft.tasks.emplace_back(task, std::vector{Key::kPerturbation});
  return draft;
}

}  // namespace cupel::splits
