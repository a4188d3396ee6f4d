#include "splits/fold_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "cupel/error.hpp"

namespace cupel::splits {
namespace {

constexpr std::array kSides{Part::kTrain, Part::kVal, Part::kTest};

Side& side_of(FoldCells& cells, Part part) {
  return part == Part::kTrain ? cells.train : part == Part::kVal ? cells.val : cells.test;
}

// Rows of a divided condition by part.
std::map<Part, std::vector<std::int64_t>> divided(std::span<const CellPart> parts,
                                                  const ConditionCells& entry,
                                                  const CellNames& names) {
  std::map<std::string, std::int64_t> row_of;
  const auto own = names(entry);
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (row_of.emplace(own[i], entry.rows[i]).second) continue;
    throw Error(ErrorKind::kInput,
                fmt::format("{}: two cells are named '{}'", describe(entry.condition), own[i]));
  }
  std::map<Part, std::vector<std::int64_t>> rows;
  for (const auto& cell : parts) {
    const auto found = row_of.find(cell.cell);
    if (found == row_of.end()) {
      throw Error(ErrorKind::kInput, fmt::format("{}: the screen has no cell '{}'",
                                                 describe(entry.condition), cell.cell));
    }
    rows[cell.part].push_back(found->second);
  }
  for (auto& [part, some] : rows) std::ranges::sort(some);
  return rows;
}

}  // namespace

FoldCells cells_of_fold(const Manifest& manifest, const Fold& fold,
                        std::span<const ConditionCells> conditions, const CellNames& names) {
  FoldCells cells;
  for (std::size_t i = 0; i < fold.part.size(); ++i) {
    const auto part = fold.part[i];
    if (part == Part::kExcluded || part == Part::kUnused) continue;
    const auto& condition = manifest.conditions[i];
    const auto found =
        std::ranges::lower_bound(conditions, condition, {}, &ConditionCells::condition);
    if (found == conditions.end() || found->condition != condition) {
      throw Error(ErrorKind::kInput, fmt::format("split, fold '{}': the screen has no {}",
                                                 fold.name, describe(condition)));
    }
    const auto put = [&](Part to, std::vector<std::int64_t> rows) {
      auto& side = side_of(cells, to);
      auto& list = is_control(condition) ? side.controls : side.perturbed;
      list.push_back({.condition = static_cast<std::int32_t>(i),
                      .entry = static_cast<std::int32_t>(found - conditions.begin()),
                      .screen = found->screen,
                      .rows = std::move(rows)});
    };
    if (part == Part::kByCell) {
      const auto own = std::ranges::equal_range(fold.cells, static_cast<std::int32_t>(i), {},
                                                &CellPart::condition);
      const auto rows = divided({own.begin(), own.end()}, *found, names);
      for (const auto to : kSides) {
        if (rows.contains(to)) put(to, rows.at(to));
      }
      continue;
    }
    for (const auto to : kSides) {
      if (part == to || part == Part::kEvery) put(to, found->rows);
    }
  }
  return cells;
}

}  // namespace cupel::splits
