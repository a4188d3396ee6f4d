// Unseen contexts (baselines-splits-audits.md B2).
#include <algorithm>

#include "splits/entities.hpp"

namespace cupel::splits {
namespace {

// Tests the contexts whose part is kTest. Where none validates, a share of the perturbations of the
// trained contexts does.
Fold fold_of(const std::string& name, const PartOf& contexts, const Material& material,
             const SplitOptions& options, std::uint32_t number) {
  auto fold = empty_fold(name, material);
  const bool by_context =
      std::ranges::any_of(contexts, [](const auto& entry) { return entry.second == Part::kVal; });
  PartOf perturbations;
  if (!by_context && options.val > 0.0) {
    auto only_val = options;
    only_val.test = 0.0;
    only_val.hold_out.clear();
    only_val.validate.clear();
    perturbations = deal_out(with_strata(distinct(material, name_of), options), only_val, "cex",
                             "perturbation", number);
  }
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    const auto& condition = material.conditions[i].condition;
    if (is_control(condition)) continue;
    fold.part[i] = contexts.at(condition.context);
    if (fold.part[i] == Part::kTest) fold.task[i] = "cex";
    if (fold.part[i] == Part::kTrain && !perturbations.empty()) {
      fold.part[i] = perturbations.at(canonical_name(condition.members));
    }
  }
  return fold;
}

}  // namespace

Draft draft_cex(const Material& material, const SplitOptions& options) {
  const auto contexts = distinct(material, context_of);
  if (contexts.size() < 2) {
    refuse_split("cex", "needs two contexts or more; give --context-col");
  }
  Draft draft;
  draft.tasks.emplace_back("cex", std::vector{Key::kPair, Key::kContext});
  const bool each = options.mode == "each" && options.hold_out.empty();
  if (!each) {
    auto whole = options;
    if (options.validate.empty()) whole.val = 0.0;
    const auto parts = deal_out({.names = contexts, .stratum = {}}, whole, "cex", "context");
    std::string name;
    for (const auto& [context, part] : parts) {
      if (part == Part::kTest) name.append(name.empty() ? "" : ",").append(context);
    }
    draft.folds.push_back(fold_of(name, parts, material, options, 0));
    return draft;
  }
  for (std::uint32_t k = 0; k < contexts.size(); ++k) {
    auto one = options;
    one.hold_out = {contexts[k]};
    if (std::ranges::find(one.validate, contexts[k]) != one.validate.end()) continue;
    if (one.validate.empty()) one.val = 0.0;
    const auto parts = deal_out({.names = contexts, .stratum = {}}, one, "cex", "context");
    draft.folds.push_back(fold_of(contexts[k], parts, material, options, k));
  }
  return draft;
}

}  // namespace cupel::splits
