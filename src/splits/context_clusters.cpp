// Whole clades of contexts held out, so that no near relative of a tested context trains
// (vcbench-and-turbine.md 1.1): contexts are clustered by given embeddings, or by the profiles of
// their controls.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cupel/error.hpp"
#include "splits/draw.hpp"
#include "splits/entities.hpp"
#include "splits/linkage.hpp"

namespace cupel::splits {
Draft draft_context_clusters(const Material& material, const SplitOptions& options) {
  const auto contexts = distinct(material, context_of);
  if (options.clusters < 2 || std::ssize(contexts) < options.clusters) {
    refuse_split("context-clusters", fmt::format("{} contexts cannot be cut into {} clusters of "
                                                 "which one is held out; see --clusters",
                                                 contexts.size(), options.clusters));
  }
  const auto profiles = material.context_profiles();
  std::vector<std::vector<double>> points;
  for (const auto& context : contexts) {
    const auto found = std::ranges::find(profiles.contexts, context);
    if (found == profiles.contexts.end()) {
      refuse_split("context-clusters", fmt::format("context '{}' has no profile", context));
    }
    points.push_back(profiles.values[static_cast<std::size_t>(found - profiles.contexts.begin())]);
    if (points.back().size() != points.front().size()) {
      refuse_split("context-clusters",
                   fmt::format("context '{}' has {} values, '{}' has {}", context,
                               points.back().size(), contexts.front(), points.front().size()));
    }
  }
  const auto cluster = cut_clades(points, options.clusters, parse_linkage(options.linkage));
  std::map<std::string, std::int32_t> cluster_of;
  std::vector<std::string> members(static_cast<std::size_t>(options.clusters));
  for (std::size_t i = 0; i < contexts.size(); ++i) {
    cluster_of[contexts[i]] = cluster[i];
    auto& text = members[static_cast<std::size_t>(cluster[i])];
    text.append(text.empty() ? "" : ",").append(contexts[i]);
  }
  std::vector<std::int32_t> tested;
  for (std::int32_t k = 0; k < options.clusters; ++k) tested.push_back(k);
  Draw draw(options.seed, "context-clusters");
  draw.shuffle(std::span(tested));
  if (options.mode == "one") {
    tested.resize(1);
  } else {
    std::ranges::sort(tested);
  }
  Draft draft;
  for (const auto k : tested) {
    auto& fold =
        draft.folds.emplace_back(empty_fold(members[static_cast<std::size_t>(k)], material));
    for (std::size_t i = 0; i < material.conditions.size(); ++i) {
      const auto& condition = material.conditions[i].condition;
      if (is_control(condition)) continue;
      const bool test = cluster_of.at(condition.context) == k;
      fold.part[i] = test ? Part::kTest : Part::kTrain;
      if (test) fold.task[i] = "cex";
    }
  }
  for (std::size_t k = 0; k < members.size(); ++k) {
    draft.parameters.emplace_back(fmt::format("cluster {}", k), members[k]);
  }
  draft.tasks.emplace_back("cex", std::vector{Key::kPair, Key::kContext});
  return draft;
}

}  // namespace cupel::splits
