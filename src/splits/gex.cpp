// Unseen perturbations in seen contexts (baselines-splits-audits.md B1).
#include "splits/entities.hpp"
#include "splits/hold_out_members.hpp"

namespace cupel::splits {
namespace {

// Holds out perturbations as they are: their members may train within combinations.
Draft hold_out_perturbations(const Material& material, const SplitOptions& options) {
  const auto parts =
      deal_out(with_strata(distinct(material, name_of), options), options, "gex", "perturbation");
  Draft draft;
  auto& fold = draft.folds.emplace_back(empty_fold("all", material));
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    const auto& condition = material.conditions[i].condition;
    if (is_control(condition)) continue;
    fold.part[i] = parts.at(canonical_name(condition.members));
    if (fold.part[i] == Part::kTest) fold.task[i] = "gex";
  }
  draft.tasks.emplace_back("gex", std::vector{Key::kPerturbation});
  return draft;
}

}  // namespace

Draft draft_gex(const Material& material, const SplitOptions& options) {
  return options.loose ? hold_out_perturbations(material, options)
                       : hold_out_members(material, options, "gex");
}

}  // namespace cupel::splits
