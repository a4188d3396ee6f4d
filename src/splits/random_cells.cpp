// Random cells: the cells of every condition on all sides (baselines-splits-audits.md B9). Written
// because it is seen in the wild; its claim says that it shows no generalisation.
#include <fmt/format.h>

#include <algorithm>

#include "splits/cell_parts.hpp"

namespace cupel::splits {

Draft draft_random_cells(const Material& material, const SplitOptions& options) {
  Draft draft;
  auto& fold = draft.folds.emplace_back(empty_fold("all", material));
  const CellShares shares{
      .train = 1.0 - options.test - options.val, .val = options.val, .test = options.test};
  if (shares.train <= 0.0) refuse_split("random-cells", "--test and --val leave nothing to train");
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    if (is_control(material.conditions[i].condition)) continue;
    fold.part[i] = Part::kByCell;
    fold.task[i] = "random";
    divide_cells(material, static_cast<std::int32_t>(i), shares, options.seed, fold.cells);
  }
  draft.tasks.emplace_back("random", std::vector{Key::kCell});
  return draft;
}

}  // namespace cupel::splits
