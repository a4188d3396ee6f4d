#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "fitting/training_data.hpp"

// Sums and profiles of lists of cells: of what trains, of controls, of halves.
namespace cupel::fitting {

// Sums over the cells of one list that was read, and over lists that are put together.
struct CellStatistics {
  std::int64_t n = 0;
  std::vector<double> sum;      // of stored values
  std::vector<double> profile;  // as it was read; of several lists their mean by cells
  bool together = false;
};

// Of each entry's cells, in one pass over each screen; every cell is in one entry at most. Throws
// Error(kInput) for values that `score` refuses.
[[nodiscard]] std::vector<CellStatistics> read_statistics(
    OpenScreens& screens, std::span<const ConditionCells* const> entries,
    const Conventions& conventions, std::int64_t memory, Backend& backend, Console& console);

void add(CellStatistics& to, const CellStatistics& more);

// The profile, as the conventions have that of a group (stats/side_summary.hpp).
void write_profile(const CellStatistics& from, const Conventions& conventions, double* to);

}  // namespace cupel::fitting
