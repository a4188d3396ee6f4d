// Both axes at once: contexts and perturbations held out, and the four blocks that makes
// (vcbench-and-turbine.md 2.1, baselines-splits-audits.md B3). "blocks" tests all of RND, CEX, GEX
// and AEX against one train set; "joint" tests AEX alone and leaves CEX and GEX out.
#include <algorithm>
#include <set>

#include "splits/draw.hpp"
#include "splits/entities.hpp"

namespace cupel::splits {
namespace {

std::vector<std::string> members_of(const Condition& condition) { return condition.members; }

// Perturbations (as they are) of the train block that RND tests, drawn pair by pair.
std::set<std::string> random_pairs(const Material& material, const Fold& fold,
                                   const SplitOptions& options) {
  std::set<std::string> all;
  for (std::size_t i = 0; i < fold.part.size(); ++i) {
    if (fold.part[i] != Part::kTrain || is_control(material.conditions[i].condition)) continue;
    all.insert(key_values(Key::kPair, material.conditions[i].condition, {}).front());
  }
  std::vector<std::string> pairs(all.begin(), all.end());
  Draw draw(options.seed, "aex/rnd");
  draw.shuffle(std::span(pairs));
  const auto n = static_cast<std::size_t>(options.test * static_cast<double>(pairs.size()));
  return {pairs.begin(), pairs.begin() + static_cast<std::ptrdiff_t>(n)};
}

}  // namespace

Draft draft_aex(const Material& material, const SplitOptions& options) {
  const auto contexts = distinct(material, context_of);
  if (contexts.size() < 2) {
    refuse_split("aex", "needs two contexts or more; give --context-col");
  }
  auto of_contexts = options;
  of_contexts.val = 0.0;
  of_contexts.validate.clear();
  const auto context_parts =
      deal_out({.names = contexts, .stratum = {}}, of_contexts, "aex", "context");
  auto of_members = options;
  of_members.hold_out = options.hold_out_perturbations;
  const auto parts = deal_out(with_strata(distinct(material, members_of), options), of_members,
                              "aex", "perturbation");
  const bool joint = options.mode == "joint";

  Draft draft;
  auto& fold = draft.folds.emplace_back(empty_fold("all", material));
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    const auto& condition = material.conditions[i].condition;
    if (is_control(condition)) continue;
    const auto count = [&](Part part) {
      return std::ranges::count_if(condition.members,
                                   [&](const auto& member) { return parts.at(member) == part; });
    };
    const bool new_context = context_parts.at(condition.context) == Part::kTest;
    const auto held = count(Part::kTest);
    const bool whole = held == std::ssize(condition.members);
    const auto test = [&](const char* task) {
      fold.part[i] = Part::kTest;
      fold.task[i] = task;
    };
    if (held > 0 && !whole) {
      fold.part[i] = Part::kExcluded;
    } else if (whole && new_context) {
      test("aex");
    } else if (joint && (whole || new_context)) {
      fold.part[i] = Part::kExcluded;
    } else if (whole) {
      test("gex");
    } else if (new_context) {
      test("cex");
    } else {
      fold.part[i] = count(Part::kVal) > 0 ? Part::kVal : Part::kTrain;
    }
  }
  draft.tasks.emplace_back(
      "aex", std::vector{Key::kPair, Key::kPerturbation, Key::kMember, Key::kContext});
  if (joint) return draft;
  const auto rnd = random_pairs(material, fold, options);
  for (std::size_t i = 0; i < fold.part.size(); ++i) {
    const auto& condition = material.conditions[i].condition;
    if (fold.part[i] != Part::kTrain || is_control(condition)) continue;
    if (!rnd.contains(key_values(Key::kPair, condition, {}).front())) continue;
    fold.part[i] = Part::kTest;
    fold.task[i] = "rnd";
  }
  draft.tasks.emplace_back("cex", std::vector{Key::kPair, Key::kContext});
  draft.tasks.emplace_back("gex", std::vector{Key::kPerturbation, Key::kMember});
  draft.tasks.emplace_back("rnd", std::vector{Key::kPair});
  return draft;
}

}  // namespace cupel::splits
