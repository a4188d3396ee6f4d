#pragma once
#include <cstdint>
#include <vector>

#include "cupel/backend.hpp"
#include "data/batches.hpp"

namespace cupel {

// perturbations × genes matrices of doubles alive at once in each job: results, and working copies
// of a batch's share of them.
inline constexpr std::int64_t kScoreMatrices = 16;
inline constexpr std::int64_t kDeMatrices = 5;
inline constexpr std::int64_t kPseudobulkMatrices = 4;

// Bytes left for cells after the result matrices, of a budget of `memory` bytes (0: half of the
// machine's memory). Throws Error(kOutOfMemory) naming the bytes when too little is left.
[[nodiscard]] std::int64_t cell_memory(std::int64_t memory, std::int64_t perturbations,
                                       std::int64_t genes, std::int64_t matrices);

// What a device holds of a batch's cells, in bytes per byte of theirs: the cells, and scratch.
inline constexpr std::int64_t kDevicePerByte = 2;
// And of the control's: what the rank test keeps of them.
inline constexpr std::int64_t kDevicePerControlByte = 4;
// genes-long rows of doubles that it holds of each group of a batch: sums, profiles, results, and
// scratch of those.
inline constexpr std::int64_t kDeviceRows = 18;

// Cuts the batches further, until each should fit in the backend's memory beside `resident` bytes
// that are there already. An estimate that refuses nothing: a group that seems too large is a batch
// of its own, and whether it fits is seen when it is there.
[[nodiscard]] std::vector<std::vector<std::int32_t>> fit_batches(
    std::vector<std::vector<std::int32_t>> batches, Screen& screen, RowLists groups,
    const Backend& backend, std::int64_t resident);

}  // namespace cupel
