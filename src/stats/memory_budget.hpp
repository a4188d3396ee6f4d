#pragma once
#include <cstdint>

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

}  // namespace cupel
