// Unseen doses of seen drugs (baselines-splits-audits.md B4): one inside the trained range, the
// highest, or the lowest.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "splits/draw.hpp"
#include "splits/entities.hpp"

namespace cupel::splits {
namespace {

// The dose of a member, as a number.
double dose_of(const Condition& condition, std::size_t member) {
  const auto dose = parse_dose(condition.doses[member]);
  if (!dose) {
    refuse_split("dose", fmt::format("'{}' of {} is no number", condition.doses[member],
                                     describe(condition)));
  }
  return dose->value;
}

// One perturbation at its doses, and what of them is held out.
struct Titration {
  std::vector<const Condition*> conditions = {};
  std::string unit = {};
  // By member, or one for all where every condition has one dose for all.
  std::vector<std::optional<double>> held = {};

  [[nodiscard]] bool holds_out(const Condition& condition) const {
    for (std::size_t member = 0; member < held.size(); ++member) {
      if (held[member] && dose_of(condition, member) == *held[member]) return true;
    }
    return false;
  }
};

bool has_one_dose(const Condition& condition) {
  return std::ranges::all_of(condition.doses,
                             [&](const auto& dose) { return dose == condition.doses.front(); });
}

// The dose of this member that is held out, if it has enough of them.
std::optional<double> held_dose(const Titration& titration, std::size_t member,
                                const SplitOptions& options, std::string_view purpose) {
  std::vector<double> ladder;
  for (const auto* condition : titration.conditions) {
    ladder.push_back(dose_of(*condition, member));
  }
  std::ranges::sort(ladder);
  ladder.erase(std::ranges::unique(ladder).begin(), ladder.end());
  const std::size_t fewest = options.mode == "inside" ? 3 : 2;
  if (ladder.size() < fewest) return std::nullopt;
  if (options.mode == "above") return ladder.back();
  if (options.mode == "below") return ladder.front();
  std::vector<double> inner(ladder.begin() + 1, ladder.end() - 1);
  Draw draw(options.seed, purpose);
  draw.shuffle(std::span(inner));
  return inner.front();
}

// Combinations whose members keep step have one ladder. Where members are dosed by themselves, each
// has its own: what is held out is every condition in which some member stands at its held dose,
// and a member's dose is only held out if the perturbation still trains at others.
void hold_out_doses(const std::string& name, const SplitOptions& options, Titration& titration) {
  const auto& conditions = titration.conditions;
  if (std::ranges::all_of(conditions, [](const auto* one) { return has_one_dose(*one); })) {
    titration.held = {held_dose(titration, 0, options, fmt::format("dose/{}", name))};
    return;
  }
  for (std::size_t member = 0; member < conditions.front()->doses.size(); ++member) {
    titration.held.push_back(
        held_dose(titration, member, options, fmt::format("dose/{}/{}", name, member)));
    const bool all =
        std::ranges::all_of(conditions, [&](const auto* one) { return titration.holds_out(*one); });
    if (all) titration.held.back().reset();
  }
}

bool holds_any(const Titration& titration) {
  return std::ranges::any_of(titration.held, [](const auto& dose) { return dose.has_value(); });
}

}  // namespace

Draft draft_dose(const Material& material, const SplitOptions& options) {
  std::map<std::string, Titration> titrations;
  for (const auto& entry : material.conditions) {
    const auto& condition = entry.condition;
    if (is_control(condition)) continue;
    if (condition.doses.empty()) {
      refuse_split("dose", "the conditions have no doses; give --dose-col or --tuples");
    }
    const auto name = canonical_name(condition.members);
    auto& titration = titrations[name];
    for (std::size_t member = 0; member < condition.doses.size(); ++member) {
      static_cast<void>(dose_of(condition, member));
      const auto unit = parse_dose(condition.doses[member])->unit;
      if (titration.conditions.empty() && member == 0) titration.unit = unit;
      if (unit != titration.unit) {
        refuse_split("dose", fmt::format("{} has doses in '{}' and in '{}'; bring them to one unit",
                                         name, titration.unit, unit));
      }
    }
    titration.conditions.push_back(&condition);
  }
  std::vector<std::string> names;  // that have a dose to hold out
  for (auto& [name, titration] : titrations) {
    hold_out_doses(name, options, titration);
    if (holds_any(titration)) names.push_back(name);
  }
  if (names.empty()) {
    refuse_split("dose", fmt::format("no perturbation has {} doses or more, which '{}' needs",
                                     options.mode == "inside" ? 3 : 2, options.mode));
  }
  // Of the perturbations that have such a dose, a share validates with it.
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
    fold.part[i] = Part::kTrain;
    if (!titrations.at(name).holds_out(condition)) continue;
    const auto part = parts.find(name);
    fold.part[i] = part != parts.end() && part->second == Part::kVal ? Part::kVal : Part::kTest;
    if (fold.part[i] == Part::kTest) fold.task[i] = task;
  }
  draft.tasks.emplace_back(task, std::vector{Key::kDose});
  return draft;
}

}  // namespace cupel::splits
