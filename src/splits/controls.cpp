#include "splits/controls.hpp"

#include <algorithm>
#include <map>

#include "splits/cell_parts.hpp"

namespace cupel::splits {

void place_controls(const Material& material, const SplitOptions& options, Fold& fold) {
  struct Context {
    bool trains = false;
    bool tests = false;
    bool validates = false;
  };
  std::map<std::string, Context> contexts;
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    if (is_control(material.conditions[i].condition)) continue;
    auto& context = contexts[material.conditions[i].condition.context];
    const auto part = fold.part[i];
    context.trains = context.trains || part == Part::kTrain || part == Part::kByCell;
    context.validates = context.validates || part == Part::kVal;
    context.tests = context.tests || part == Part::kTest;
  }
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    if (!is_control(material.conditions[i].condition)) continue;
    const auto& context = contexts[material.conditions[i].condition.context];
    if (options.hide_controls && !context.trains && (context.tests || context.validates)) {
      fold.part[i] = context.tests ? Part::kTest : Part::kVal;
      continue;
    }
    switch (options.controls) {
      case ControlPolicy::kShared:
        fold.part[i] = Part::kEvery;
        break;
      case ControlPolicy::kTrain:
        fold.part[i] = Part::kTrain;
        break;
      case ControlPolicy::kDisjoint:
        fold.part[i] = Part::kByCell;
        divide_cells(material, static_cast<std::int32_t>(i), CellShares{}, options.seed,
                     fold.cells);
        break;
    }
  }
  std::ranges::sort(fold.cells);
}

}  // namespace cupel::splits
