// Single (context, perturbation) pairs held out: each perturbation trains in other contexts, each
// context with other perturbations. The rule is that of PerturBench's `transfer`
// (baselines-splits-audits.md B2), the draw is our own.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "splits/draw.hpp"
#include "splits/entities.hpp"

namespace cupel::splits {
namespace {

constexpr std::int64_t kMostHeldOut = 200;  // of one context

}  // namespace

Draft draft_transfer(const Material& material, const SplitOptions& options) {
  std::map<std::string, std::set<std::string>> contexts_of;  // by perturbation
  std::map<std::string, std::int64_t> size;                  // perturbations of each context
  for (const auto& entry : material.conditions) {
    const auto& condition = entry.condition;
    if (is_control(condition)) continue;
    if (contexts_of[canonical_name(condition.members)].insert(condition.context).second) {
      ++size[condition.context];
    }
  }
  if (size.size() < 2) refuse_split("transfer", "needs two contexts or more; give --context-col");
  const double held_share = options.test + options.val;
  std::map<std::string, std::int64_t> cap;
  for (const auto& [context, n] : size) {
    cap[context] = std::min(
        static_cast<std::int64_t>(std::llround(held_share * static_cast<double>(n))), kMostHeldOut);
  }
  // Those of most contexts first.
  std::vector<std::string> order;
  for (const auto& [name, contexts] : contexts_of) order.push_back(name);
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](const auto& name) { return contexts_of.at(name).size(); });
  std::map<std::string, std::vector<std::string>> held;  // perturbations by context
  for (const auto& name : order) {
    const auto& contexts = contexts_of.at(name);
    std::vector<std::string> pool;
    for (const auto& context : contexts) {
      if (std::ssize(held[context]) < cap.at(context)) pool.push_back(context);
    }
    if (pool.empty() || contexts.size() < 2) continue;
    Draw draw(options.seed, fmt::format("transfer/{}", name));
    draw.shuffle(std::span(pool));
    held[pool.front()].push_back(name);
  }
  // Within each context, test and val in proportion.
  std::map<std::pair<std::string, std::string>, Part> part_of;
  for (auto& [context, names] : held) {
    std::ranges::sort(names);
    Draw draw(options.seed, fmt::format("transfer/{}/parts", context));
    draw.shuffle(std::span(names));
    const auto tests = static_cast<std::size_t>(
        std::llround(options.test / held_share * static_cast<double>(names.size())));
    for (std::size_t i = 0; i < names.size(); ++i) {
      part_of[{context, names[i]}] = i < tests ? Part::kTest : Part::kVal;
    }
  }
  Draft draft;
  auto& fold = draft.folds.emplace_back(empty_fold("all", material));
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    const auto& condition = material.conditions[i].condition;
    if (is_control(condition)) continue;
    const auto found = part_of.find({condition.context, canonical_name(condition.members)});
    fold.part[i] = found == part_of.end() ? Part::kTrain : found->second;
    if (fold.part[i] == Part::kTest) fold.task[i] = "transfer";
  }
  draft.tasks.emplace_back("transfer", std::vector{Key::kPair});
  return draft;
}

}  // namespace cupel::splits
