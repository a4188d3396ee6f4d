#include "splits/cell_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "cupel/error.hpp"
#include "splits/draw.hpp"

namespace cupel::splits {

void divide_cells(const Material& material, std::int32_t condition, const CellShares& shares,
                  std::uint64_t seed, std::vector<CellPart>& cells) {
  const auto& entry = material.conditions[static_cast<std::size_t>(condition)];
  auto names = material.cell_names(entry);
  std::ranges::sort(names);
  const auto twin = std::ranges::adjacent_find(names);
  if (twin != names.end()) {
    throw Error(
        ErrorKind::kInput,
        fmt::format("{}: two cells are named '{}'; a split of cells needs names that differ",
                    describe(entry.condition), *twin));
  }
  Draw draw(seed, fmt::format("cells/{}", condition_line(entry.condition)));
  draw.shuffle(std::span(names));
  constexpr double kUnits = 1e9;  // shares as whole numbers
  const std::array<std::int64_t, 3> sizes{std::llround(shares.test * kUnits),
                                          std::llround(shares.val * kUnits),
                                          std::llround(shares.train * kUnits)};
  const auto counts = shared_out(sizes, std::ssize(names));
  constexpr std::array kParts3{Part::kTest, Part::kVal, Part::kTrain};
  const auto first = std::ssize(cells);
  std::size_t at = 0;
  for (std::size_t part = 0; part < kParts3.size(); ++part) {
    for (auto k = counts[part]; k > 0; --k) {
      cells.push_back({condition, std::move(names[at++]), kParts3[part]});
    }
  }
  std::sort(cells.begin() + first, cells.end());
}

}  // namespace cupel::splits
