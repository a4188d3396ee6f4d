#include "splits/fold_sides.hpp"

#include <array>

namespace cupel::splits {

FoldSides sides_of(const Manifest& manifest, const Fold& fold) {
  // Which parts the cells of each divided condition are in.
  std::vector<std::array<bool, kParts>> parts(manifest.conditions.size());
  for (std::size_t i = 0; i < fold.part.size(); ++i) {
    parts[i][static_cast<std::size_t>(fold.part[i])] = true;
  }
  for (const auto& cell : fold.cells) {
    parts[static_cast<std::size_t>(cell.condition)][static_cast<std::size_t>(cell.part)] = true;
  }
  FoldSides sides;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto in = [&](Part part) { return parts[i][static_cast<std::size_t>(part)]; };
    const auto id = static_cast<std::int32_t>(i);
    const bool every = in(Part::kEvery);
    if (is_control(manifest.conditions[i])) {
      if (every || in(Part::kTrain) || in(Part::kVal)) sides.controls.push_back(id);
      continue;
    }
    if (every || in(Part::kTrain)) sides.train.push_back(id);
    if (every || in(Part::kVal)) sides.val.push_back(id);
    if (every || in(Part::kTest)) sides.test.push_back(id);
  }
  return sides;
}

TrainedSet trained_set(const Manifest& manifest, const FoldSides& sides) {
  TrainedSet trained;
  for (const auto* side : {&sides.train, &sides.val, &sides.controls}) {
    for (const auto id : *side) trained.add(manifest.conditions[static_cast<std::size_t>(id)]);
  }
  return trained;
}

}  // namespace cupel::splits
