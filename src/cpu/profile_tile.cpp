#include "cpu/profile_tile.hpp"

#include <algorithm>

#include "cpu/lane_sum.hpp"
#include "cpu/profile_tile_kernels.hpp"
#include "cupel/math/profile_rows.hpp"
#include "cupel/multiversion.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t round_up(std::int64_t n, std::int64_t step) {
  return (n + step - 1) / step * step;
}

// n values as floats, zeros up to `depth`; returns their sum.
CUPEL_MULTIVERSION double pack(const double* from, std::int64_t n, std::int64_t depth,
                               double factor, float* to) {
  for (std::int64_t k = 0; k < n; ++k)
    to[k] = static_cast<float>(math::finite_or_zero(from[k]) * factor);
  for (std::int64_t k = n; k < depth; ++k) to[k] = 0.0F;
  return lane_sum(depth, [&](std::int64_t k) { return static_cast<double>(to[k]); });
}

}  // namespace

PackedProfiles::PackedProfiles(MatrixView<const double> values, const std::vector<double>& factor)
    : rows_(values.rows),
      genes_(round_up(values.cols, kTileDepthStep)),
      values_(make_host_buffer<float>(tiles() * kRows * genes_)),
      sums_(static_cast<std::size_t>(tiles() * kRows), 0.0) {
  for_each_chunk(tiles() * kRows, 1, [&](std::int64_t row, std::int64_t) {
    for (std::int64_t gene = 0; gene < genes_; gene += kDepth) {
      float* to =
          values_.data() + kRows * (row / kRows * genes_ + gene) + row % kRows * depth(gene);
      const auto r = static_cast<std::size_t>(row);
      const std::int64_t n = row < rows_ ? std::min(kDepth, values.cols - gene) : 0;
      sums_[r] += pack(row < rows_ ? values.row(row) + gene : nullptr, n, depth(gene),
                       row < rows_ ? factor[r] : 0.0, to);
    }
  });
}

std::int64_t PackedProfiles::depth(std::int64_t gene) const {
  return std::min(kDepth, genes_ - gene);
}

void tile_sums(const PackedProfiles& a, std::int64_t a_tile, const PackedProfiles& b,
               std::int64_t b_tile, TileSum sum, double* sums) {
  const TileKernel& kernel = tile_kernels().front();
  const auto add = sum == TileSum::kProduct ? kernel.product : kernel.maximum;
  const auto used = [](const PackedProfiles& side, std::int64_t tile) {
    const std::int64_t rows =
        std::min(PackedProfiles::kRows, side.rows() - tile * PackedProfiles::kRows);
    return round_up(rows, kTileRowStep);
  };
  std::fill_n(sums, PackedProfiles::kRows * PackedProfiles::kRows, 0.0);
  for (std::int64_t gene = 0; gene < a.genes(); gene += PackedProfiles::kDepth) {
    add(a.stretch(a_tile, gene), used(a, a_tile), b.stretch(b_tile, gene), used(b, b_tile),
        a.depth(gene), sums, PackedProfiles::kRows);
  }
}

// With u = 2^-24: rounding the values costs u a value, a running sum of m terms m u, adding up its
// lanes a few more. The last term is for the sums in double, over up to 2^22 genes.
double tile_error(TileSum sum) {
  constexpr double kUnit = 0x1p-24;
  const auto terms = static_cast<double>(PackedProfiles::kDepth / tile_kernels().front().lanes + 8);
  return 1.01 * kUnit * (terms + (sum == TileSum::kProduct ? 3.0 : 1.0)) + 1e-11;
}

}  // namespace cupel
