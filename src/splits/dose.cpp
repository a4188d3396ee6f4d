// Unseen doses of seen drugs (baselines-splits-audits.md B4): one inside the trained range, the
// highest, or the lowest.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "splits/draw.hpp"
#include "splits/entities.hpp"

namespace cupel::splits {
namespace {

// Doses of one perturbation, ascending.
using Ladder = std::vector<double>;

// The dose of a combination is that of its first member: combinations step by it.
double dose_of(const Condition& condition) {
  const auto first = parse_dose(condition.doses.front());
  if (!first) {
    refuse_split("dose", fmt::format("'{}' of {} is no number", condition.doses.front(),
                                     describe(condition)));
  }
  return first->value;
}

std::string unit_of(const Condition& condition) {
  return parse_dose(condition.doses.front())->unit;
}

}  // namespace

Draft draft_dose(const Material& material, const SplitOptions& options) {
  std::map<std::string, Ladder> ladders;
  std::map<std::string, std::string> units;
  for (const auto& entry : material.conditions) {
    const auto& condition = entry.condition;
    if (is_control(condition)) continue;
    if (condition.doses.empty()) {
      refuse_split("dose", "the conditions have no doses; give --dose-col or --tuples");
    }
    const auto name = canonical_name(condition.members);
    const double dose = dose_of(condition);
    const auto [unit, is_new] = units.try_emplace(name, unit_of(condition));
    if (!is_new && unit->second != unit_of(condition)) {
      refuse_split("dose", fmt::format("{} has doses in '{}' and in '{}'; bring them to one unit",
                                       name, unit->second, unit_of(condition)));
    }
    auto& ladder = ladders[name];
    if (std::ranges::find(ladder, dose) == ladder.end()) ladder.push_back(dose);
  }
  const std::size_t fewest = options.mode == "inside" ? 3 : 2;
  std::map<std::string, double> held;
  for (auto& [name, ladder] : ladders) {
    std::ranges::sort(ladder);
    if (ladder.size() < fewest) continue;
    if (options.mode == "above") {
      held[name] = ladder.back();
    } else if (options.mode == "below") {
      held[name] = ladder.front();
    } else {
      std::vector<double> inner;
      for (std::size_t k = 1; k + 1 < ladder.size(); ++k) inner.push_back(ladder[k]);
      Draw draw(options.seed, fmt::format("dose/{}", name));
      draw.shuffle(std::span(inner));
      held[name] = inner.front();
    }
  }
  if (held.empty()) {
    refuse_split("dose", fmt::format("no perturbation has {} doses or more, which '{}' needs",
                                     fewest, options.mode));
  }
  // Of the perturbations that have such a dose, a share validates with it.
  std::vector<std::string> names;
  for (const auto& [name, dose] : held) names.push_back(name);
  PartOf parts;
  if (options.val > 0.0 && names.size() > 1) {
    auto only_val = options;
    only_val.test = 0.0;
    only_val.hold_out.clear();
    only_val.validate.clear();
    parts = deal_out(with_strata(names, options), only_val, "dose", "perturbation");
  }
  Draft draft;
  auto& fold = draft.folds.emplace_back(empty_fold("all", material));
  const auto task = fmt::format("dose_{}", options.mode);
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    const auto& condition = material.conditions[i].condition;
    if (is_control(condition)) continue;
    const auto name = canonical_name(condition.members);
    const auto found = held.find(name);
    fold.part[i] = Part::kTrain;
    if (found == held.end() || dose_of(condition) != found->second) continue;
    const auto part = parts.find(name);
    fold.part[i] = part != parts.end() && part->second == Part::kVal ? Part::kVal : Part::kTest;
    if (fold.part[i] == Part::kTest) fold.task[i] = task;
  }
  draft.tasks.emplace_back(task, std::vector{Key::kDose});
  return draft;
}

}  // namespace cupel::splits
