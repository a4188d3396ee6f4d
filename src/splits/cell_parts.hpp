#pragma once
#include <cstdint>
#include <vector>

#include "splits/generator.hpp"

namespace cupel::splits {

struct CellShares {
  double train = 0.5;
  double val = 0.25;
  double test = 0.25;
};

// Appends the part of each cell of a condition, sorted by name: shuffled, then cut by the shares
// with largest remainders. The draw depends on the condition and its cells' names alone. Throws
// Error(kInput) when two of its cells have one name.
void divide_cells(const Material& material, std::int32_t condition, const CellShares& shares,
                  std::uint64_t seed, std::vector<CellPart>& cells);

}  // namespace cupel::splits
