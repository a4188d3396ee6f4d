#pragma once
#include <string>
#include <utility>
#include <vector>

#include "splits/manifest.hpp"

namespace cupel::splits {

// PerturBench's split file: "cell,part" lines, with a header line or without; an empty part is
// unused. Also what gives an AnnData its obs column: pandas reads it as a series of cells. Throws
// Error(kInput) naming the line.
[[nodiscard]] std::vector<std::pair<std::string, Part>> read_perturbench_csv(
    const std::string& path);
[[nodiscard]] std::string perturbench_csv(const std::vector<std::pair<std::string, Part>>& cells);

}  // namespace cupel::splits
