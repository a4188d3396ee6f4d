#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

#include "cupel/error.hpp"
#include "splits/formats/imported.hpp"
#include "text.hpp"

namespace cupel::splits {
namespace {

std::map<std::string, Part> known_parts(bool has_ood) {
  return {{"train", Part::kTrain},      {"val", Part::kVal},
          {"valid", Part::kVal},        {"validation", Part::kVal},
          {"ood", Part::kTest},         {"test", has_ood ? Part::kVal : Part::kTest},
          {"", Part::kUnused},          {"unused", Part::kUnused},
          {"excluded", Part::kExcluded}};
}

}  // namespace

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

std::vector<Fold> folds_of_labels(const Material& material,
                                  const std::vector<std::pair<std::string, std::string>>& labels,
                                  const std::string& where) {
  std::set<std::string> distinct_labels;
  for (const auto& [cell, label] : labels) {
    if (!label.empty()) distinct_labels.insert(label);
  }
  for (const auto& label : distinct_labels) {
    if (!known_parts(false).contains(label)) continue;
    throw Error(
        ErrorKind::kInput,
        fmt::format("{}: '{}' is a part, not a fold; leave --format folds out", where, label));
  }
  if (distinct_labels.size() < 2) {
    throw Error(ErrorKind::kInput, fmt::format("{}: {} fold named; it takes two or more", where,
                                               distinct_labels.size()));
  }
  std::vector<std::string> names(distinct_labels.begin(), distinct_labels.end());
  std::ranges::stable_sort(names, {}, [](const std::string& name) {  // 10 comes after 2
    const bool number = name.find_first_not_of("0123456789") == name.npos;
    return std::pair(!number, number ? name.size() : 0);
  });
  std::vector<Fold> folds;
  for (const auto& name : names) {
    std::vector<std::pair<std::string, Part>> cells;
    for (const auto& [cell, label] : labels) {
      cells.emplace_back(cell, label.empty()   ? Part::kUnused
                               : label == name ? Part::kTest
                                               : Part::kTrain);
    }
    folds.push_back(fold_of_cells(material, cells));
    folds.back().name = name;
  }
  return folds;
}

std::vector<Part> parts_of_labels(const std::vector<std::string>& labels,
                                  const std::string& where) {
  const auto known = known_parts(std::ranges::find(labels, "ood") != labels.end());
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
