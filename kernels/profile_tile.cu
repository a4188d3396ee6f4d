#include "profile_tile.hpp"

#include <algorithm>
#include <cmath>

#include "launch.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kThreads = 256;
constexpr int kSide = 16;  // threads along each side of a tile
constexpr int kOwn = 8;    // profiles of each side that a thread pairs
constexpr int kTile = static_cast<int>(kTileRows);
constexpr int kQuads = static_cast<int>(kTileSlab) / 4;
constexpr int kPitch = kQuads + 1;  // in float4; odd, so that eight profiles lie in all banks
constexpr int kSlabQuads = kTile * kPitch;
static_assert(kTile == kSide * kOwn && kThreads == kSide * kSide);

__device__ inline float pair(float a, float b, float c, float d) {
  return std::fabs(a - b) + std::fabs(c - d);
}

// Eight genes as a tree: of depth four, and as many instructions as one after the other.
__device__ inline float eight(const float4& x, const float4& y, const float4& u, const float4& v) {
  return (pair(x.x, y.x, x.y, y.y) + pair(x.z, y.z, x.w, y.w)) +
         (pair(u.x, v.x, u.y, v.y) + pair(u.z, v.z, u.w, v.w));
}

// Blocks of kThreads threads: x tiles of b, y tiles of a, z parts of the genes, `part` genes each.
// A thread keeps the sums of kOwn × kOwn pairs in registers, kSide profiles apart; a slab of genes
// waits in shared memory while the next is on its way. Profiles beyond the last are the last again.
__global__ __launch_bounds__(kThreads) void add_differences(const float* a, std::int64_t a_rows,
                                                            const float* b, std::int64_t b_rows,
                                                            std::int64_t depth, std::int64_t part,
                                                            double* sums) {
  CUPEL_SHARED(float4, a_slab, 2 * kSlabQuads);
  CUPEL_SHARED(float4, b_slab, 2 * kSlabQuads);
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % kWarp;
  const int warp = thread / kWarp;
  const int tx = warp % 2 * 8 + lane % 8;  // a warp is 8 × 4 of the block's 16 × 16 threads
  const int ty = warp / 2 * 4 + lane / 8;
  const std::int64_t a_first = static_cast<std::int64_t>(blockIdx.y) * kTile;
  const std::int64_t b_first = static_cast<std::int64_t>(blockIdx.x) * kTile;
  const std::int64_t begin = static_cast<std::int64_t>(blockIdx.z) * part;
  const std::int64_t end = begin + part < depth ? begin + part : depth;
  double* to = sums + static_cast<std::int64_t>(blockIdx.z) * a_rows * b_rows;

  // What this thread copies of a slab: four genes of profiles `row` and `row` + 64 of each side.
  constexpr int kCopies = kTile * kQuads / kThreads;
  const int row = thread / kQuads;
  const int quad = thread % kQuads;
  float4 a_next[kCopies];
  float4 b_next[kCopies];
  const auto fetch = [&](std::int64_t gene) {
    const auto at = [&](const float* side, std::int64_t profile, std::int64_t rows) {
      const std::int64_t there = profile < rows ? profile : rows - 1;
      return *reinterpret_cast<const float4*>(side + there * depth + gene + quad * 4);
    };
#pragma unroll
    for (int k = 0; k < kCopies; ++k) {
      a_next[k] = at(a, a_first + row + k * (kThreads / kQuads), a_rows);
      b_next[k] = at(b, b_first + row + k * (kThreads / kQuads), b_rows);
    }
  };
  const auto store = [&](int buffer) {
#pragma unroll
    for (int k = 0; k < kCopies; ++k) {
      const int at = buffer * kSlabQuads + (row + k * (kThreads / kQuads)) * kPitch + quad;
      a_slab[at] = a_next[k];
      b_slab[at] = b_next[k];
    }
  };

  float sum[kOwn][kOwn] = {};
  fetch(begin);
  store(0);
  __syncthreads();
  int now = 0;
  for (std::int64_t gene = begin; gene < end; gene += kTileSlab) {
    const bool last = gene + kTileSlab >= end;
    if (!last) fetch(gene + kTileSlab);

    const float4* a_now = a_slab + now * kSlabQuads;
    const float4* b_now = b_slab + now * kSlabQuads;
#pragma unroll
    for (int k = 0; k < kQuads; k += 2) {
      float4 x[kOwn][2];
#pragma unroll
      for (int r = 0; r < kOwn; ++r) {
        x[r][0] = a_now[(ty + r * kSide) * kPitch + k];
        x[r][1] = a_now[(ty + r * kSide) * kPitch + k + 1];
      }
#pragma unroll
      for (int c = 0; c < kOwn; ++c) {
        const float4 y0 = b_now[(tx + c * kSide) * kPitch + k];
        const float4 y1 = b_now[(tx + c * kSide) * kPitch + k + 1];
#pragma unroll
        for (int r = 0; r < kOwn; ++r) sum[r][c] += eight(x[r][0], y0, x[r][1], y1);
      }
    }

    const std::int64_t done = gene + kTileSlab - begin;
    if (last || done % kTileStretch == 0) {
#pragma unroll
      for (int r = 0; r < kOwn; ++r) {
#pragma unroll
        for (int c = 0; c < kOwn; ++c) {
          const std::int64_t i = a_first + ty + r * kSide;
          const std::int64_t j = b_first + tx + c * kSide;
          if (i < a_rows && j < b_rows) {
            double& total = to[i * b_rows + j];
            const auto more = static_cast<double>(sum[r][c]);
            total = done <= kTileStretch ? more : total + more;
          }
          sum[r][c] = 0.0F;
        }
      }
    }

    now ^= 1;
    if (!last) store(now);
    __syncthreads();
  }
}

constexpr std::int64_t ceil_div(std::int64_t n, std::int64_t by) { return (n + by - 1) / by; }

}  // namespace

std::int64_t tile_splits(std::int64_t tiles, std::int64_t depth, std::int64_t processors,
                         std::int64_t most) {
  const std::int64_t stretches = ceil_div(depth, kTileStretch);
  // A processor holds one block: the time is that of the rounds of blocks times what one adds up.
  const auto time = [&](std::int64_t splits) {
    return ceil_div(tiles * splits, processors) * ceil_div(stretches, splits);
  };
  std::int64_t best = 1;
  for (std::int64_t splits = 2; splits <= std::min(stretches, most); ++splits) {
    if (time(splits) < time(best)) best = splits;
  }
  return ceil_div(stretches, ceil_div(stretches, best));
}

void tile_sums(const Stream& stream, const float* a, std::int64_t a_rows, const float* b,
               std::int64_t b_rows, std::int64_t depth, std::int64_t splits, double* sums) {
  const dim3 grid(static_cast<unsigned>(ceil_div(b_rows, kTileRows)),
                  static_cast<unsigned>(ceil_div(a_rows, kTileRows)),
                  static_cast<unsigned>(splits));
  const std::int64_t part = ceil_div(ceil_div(depth, kTileStretch), splits) * kTileStretch;
  launch(stream, add_differences, grid, kThreads, 0, a, a_rows, b, b_rows, depth, part, sums);
}

math::SumError tile_error() {
  constexpr double kUnit = 0x1p-24;
  constexpr double kMargin = 1.02;  // for the products of roundings, and those of the norms
  return {kMargin * kUnit * (4.0 + static_cast<double>(kTileStretch) / 8.0) + 1e-11,
          kMargin * kUnit};
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
