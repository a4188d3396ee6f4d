#pragma once
#include <cstdint>
#include <span>

#include "cupel/backend.hpp"

namespace cupel {

// CpuBackend::rank_sums with about `scratch_bytes` for the groups' keys: groups go in batches of
// that size, one larger group goes gene window by gene window. The size changes no result.
[[nodiscard]] RankSums rank_sums_within(std::int64_t scratch_bytes, const RankReference& reference,
                                        CellsView cells, const double* totals,
                                        std::span<const std::int64_t> group_start);

}  // namespace cupel
