#pragma once
#include "cupel/math/profile_estimate.hpp"

#include "device_memory.hpp"

// Sums over genes of |a - b| for every pair of two sets of profiles, in float: fast and with a
// known error.
namespace cupel::CUPEL_CUDA_NAMESPACE {

inline constexpr std::int64_t kTileRows = 128;     // of each side per block of threads
inline constexpr std::int64_t kTileSlab = 16;      // genes at a time: profiles are padded to these
inline constexpr std::int64_t kTileStretch = 512;  // genes between two additions in double

// Blocks that share a tile, each with its part of the genes, where tiles alone would leave most of
// the device idle; at most `most`.
[[nodiscard]] std::int64_t tile_splits(std::int64_t tiles, std::int64_t depth,
                                       std::int64_t processors, std::int64_t most);

// Profiles of `a` and `b` lie `depth` floats apart. Fills sums[split][row of a][row of b].
void tile_sums(const Stream& stream, const float* a, std::int64_t a_rows, const float* b,
               std::int64_t b_rows, std::int64_t depth, std::int64_t splits, double* sums);

// Of profiles rounded to float: u = 2^-24 a value. A term takes part in one subtraction, three
// additions within its eight genes and kTileStretch / 8 to the running sum, each at u of terms that
// do not cancel; the rest is for sums in double, over up to 2^22 genes.
[[nodiscard]] math::SumError tile_error();

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
