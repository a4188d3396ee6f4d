#pragma once
#include <cstdint>
#include <vector>

namespace cupel {

// sums[i * stride + j] += sum over `depth` of a_i · b_j, or of max(a_i, b_j), for all rows. Rows of
// `a` and `b` lie `depth` floats apart, aligned to 64 bytes; `rows` are multiples of kTileRowStep
// and `depth` is one of kTileDepthStep.
struct TileKernel {
  using Function = void (*)(const float* a, std::int64_t a_rows, const float* b,
                            std::int64_t b_rows, std::int64_t depth, double* sums,
                            std::int64_t stride);
  Function product;
  Function maximum;
  std::int64_t lanes;  // floats added side by side: an error grows with depth / lanes
};

inline constexpr std::int64_t kTileRowStep = 4;
inline constexpr std::int64_t kTileDepthStep = 16;

// Those that this CPU runs, the fastest first. They differ in rounding; ranks do not see it.
[[nodiscard]] const std::vector<TileKernel>& tile_kernels();

}  // namespace cupel
