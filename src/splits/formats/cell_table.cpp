#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "cupel/error.hpp"
#include "splits/formats/imported.hpp"
#include "text.hpp"

namespace cupel::splits {

Fold fold_of_cells(const Material& material,
                   const std::vector<std::pair<std::string, Part>>& cells) {
  std::unordered_map<std::string, Part> part_of;
  for (const auto& [name, part] : cells) {
    if (!part_of.emplace(name, part).second) {
      throw Error(ErrorKind::kInput, fmt::format("cell '{}' is listed twice", name));
    }
  }
  std::unordered_map<std::string, bool> seen;
  auto fold = empty_fold("all", material);
  std::size_t found = 0;
  for (std::size_t i = 0; i < material.conditions.size(); ++i) {
    std::vector<CellPart> own;
    std::array<std::int64_t, kParts> count{};
    for (auto& name : material.cell_names(material.conditions[i])) {
      if (!seen.emplace(name, true).second) {
        throw Error(ErrorKind::kInput,
                    fmt::format("two cells of the screen are named '{}'; parts of cells need names "
                                "that differ",
                                name));
      }
      const auto listed_part = part_of.find(name);
      if (listed_part != part_of.end()) ++found;
      const auto part = listed_part == part_of.end() ? Part::kUnused : listed_part->second;
      ++count[static_cast<std::size_t>(part)];
      own.push_back({static_cast<std::int32_t>(i), std::move(name), part});
    }
    const auto kinds = std::ranges::count_if(count, [](std::int64_t n) { return n > 0; });
    if (kinds == 1) {
      fold.part[i] = own.front().part;
      continue;
    }
    fold.part[i] = Part::kByCell;
    fold.cells.insert(fold.cells.end(), own.begin(), own.end());
  }
  if (found != part_of.size()) {
    for (const auto& [name, part] : cells) {
      if (seen.contains(name)) continue;
      throw Error(ErrorKind::kInput,
                  fmt::format("{} of {} cells are not in the screen, such as '{}'",
                              part_of.size() - found, part_of.size(), name));
    }
  }
  std::ranges::sort(fold.cells);
  return fold;
}

std::vector<std::pair<std::string, Part>> cells_of(const Manifest& manifest, const Fold& fold,
                                                   const Material& material) {
  std::map<std::pair<std::int32_t, std::string>, Part> divided;
  for (const auto& cell : fold.cells) divided[{cell.condition, cell.cell}] = cell.part;
  std::vector<std::pair<std::string, Part>> cells;
  for (const auto& entry : material.conditions) {
    const auto at = std::ranges::lower_bound(manifest.conditions, entry.condition);
    if (at == manifest.conditions.end() || *at != entry.condition) continue;
    const auto i = static_cast<std::size_t>(at - manifest.conditions.begin());
    for (auto& name : material.cell_names(entry)) {
      auto part = fold.part[i] == Part::kEvery ? Part::kTrain : fold.part[i];
      if (part == Part::kByCell) {
        const auto own = divided.find({static_cast<std::int32_t>(i), name});
        part = own == divided.end() ? Part::kUnused : own->second;
      }
      cells.emplace_back(std::move(name), part);
    }
  }
  return cells;
}

std::vector<Part> parts_of_labels(const std::vector<std::string>& labels,
                                  const std::string& where) {
  const bool has_ood = std::ranges::find(labels, "ood") != labels.end();
  const std::map<std::string, Part> known{
      {"train", Part::kTrain},      {"val", Part::kVal},
      {"valid", Part::kVal},        {"validation", Part::kVal},
      {"ood", Part::kTest},         {"test", has_ood ? Part::kVal : Part::kTest},
      {"", Part::kUnused},          {"unused", Part::kUnused},
      {"excluded", Part::kExcluded}};
  std::vector<Part> parts;
  for (const auto& label : labels) {
    const auto found = known.find(label);
    if (found == known.end()) {
      throw Error(
          ErrorKind::kInput,
          fmt::format("{}: '{}' is no part; known: train, val, valid, validation, test, ood, "
                      "unused, excluded",
                      where, label));
    }
    parts.push_back(found->second);
  }
  return parts;
}

}  // namespace cupel::splits
