// A context of which a few perturbations train (baselines-splits-audits.md B5). One permutation of
// its perturbations per seed: those of a budget of 5 are the first 5 of those of 10, and every
// budget is tested on the same rest. Without shots nothing validates, as it would show the context.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cupel/error.hpp"
#include "splits/draw.hpp"
#include "splits/entities.hpp"

namespace cupel::splits {
namespace {

// The context's perturbations in the order in which they are given to train.
std::vector<std::string> shots_of(const Material& material, const std::string& context,
                                  std::uint64_t seed) {
  std::set<std::string> names;
  for (const auto& entry : material.conditions) {
    if (is_control(entry.condition) || entry.condition.context != context) continue;
    names.insert(canonical_name(entry.condition.members));
  }
  std::vector<std::string> order(names.begin(), names.end());
  Draw draw(seed, fmt::format("few-shot/{}", context));
  draw.shuffle(std::span(order));
  return order;
}

}  // namespace

Draft draft_few_shot(const Material& material, const SplitOptions& options) {
  const auto contexts = distinct(material, context_of);
  if (contexts.size() < 2) {
    refuse_split("few-shot", "needs two contexts or more; give --context-col");
  }
  auto budgets = options.budgets;
  std::ranges::sort(budgets);
  budgets.erase(std::ranges::unique(budgets).begin(), budgets.end());
  if (budgets.empty() || budgets.front() < 0) {
    throw Error(ErrorKind::kUsage, "few-shot: budgets are numbers of perturbations from 0 up");
  }
  Draft draft;
  auto chosen = options.hold_out.empty() ? contexts : options.hold_out;
  std::ranges::sort(chosen);
  for (const auto& context : chosen) {
    auto one = options;
    one.hold_out = {context};
    one.val = 0.0;
    (void)deal_out({.names = contexts, .stratum = {}}, one, "few-shot", "context");  // known?
    const auto order = shots_of(material, context, options.seed);
    const auto n = std::ssize(order);
    const auto most = static_cast<std::int64_t>(budgets.back());
    const auto val = static_cast<std::int64_t>(options.val * static_cast<double>(n));
    if (most + val >= n) {
      refuse_split("few-shot",
                   fmt::format("context '{}' has {} perturbations: a budget of {} leaves "
                               "nothing to test; lower --budget or --val",
                               context, n, most));
    }
    for (const auto budget : budgets) {
      auto& fold = draft.folds.emplace_back(
          empty_fold(fmt::format("{} shots of {}", budget, context), material));
      for (std::size_t i = 0; i < material.conditions.size(); ++i) {
        const auto& condition = material.conditions[i].condition;
        if (is_control(condition)) continue;
        if (condition.context != context) {
          fold.part[i] = Part::kTrain;
          continue;
        }
        const auto place =
            std::ranges::find(order, canonical_name(condition.members)) - order.begin();
        if (place < budget) {
          fold.part[i] = Part::kTrain;
        } else if (place < most) {
          fold.part[i] = Part::kUnused;
        } else if (place < most + val) {
          fold.part[i] = budget == 0 ? Part::kUnused : Part::kVal;  // or it would be seen
        } else {
          fold.part[i] = Part::kTest;
          fold.task[i] = fmt::format("{} shots", budget);
        }
      }
    }
  }
  for (const auto budget : budgets) {
    std::vector<Key> keys{Key::kPair};
    if (budget == 0) keys.push_back(Key::kContext);
    draft.tasks.emplace_back(fmt::format("{} shots", budget), keys);
  }
  return draft;
}

}  // namespace cupel::splits
