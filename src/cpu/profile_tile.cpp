#include "cpu/profile_tile.hpp"

#include <algorithm>

#include "cpu/multiversion.hpp"
#include "cpu/profile_rows.hpp"
#include "cpu/profile_tile_kernels.hpp"

namespace cupel {
namespace {

constexpr std::int64_t round_up(std::int64_t n, std::int64_t step) {
  return (n + step - 1) / step * step;
}

// Genes [gene, gene + n) of one row as floats, zeros up to `depth`; returns their sum.
CUPEL_MULTIVERSION double pack_row(const double* from, std::int64_t n, std::int64_t depth,
                                   double factor, float* to) {
  for (std::int64_t k = 0; k < n; ++k) to[k] = static_cast<float>(finite_or_zero(from[k]) * factor);
  for (std::int64_t k = n; k < depth; ++k) to[k] = 0.0F;
  double lane[8] = {};
  for (std::int64_t k = 0; k < depth; k += 8) {
    for (std::int64_t l = 0; l < 8; ++l) lane[l] += static_cast<double>(to[k + l]);
  }
  double sum = 0.0;
  for (const double part : lane) sum += part;
  return sum;
}

// Returns the number of rows, padded with zero rows to the kernel's step.
std::int64_t pack(const ProfileTile::Side& side, std::int64_t gene, std::int64_t n,
                  std::int64_t depth, float* to, double* rounded) {
  const std::int64_t rows = side.end - side.begin;
  for (std::int64_t row = 0; row < rows; ++row) {
    rounded[row] += pack_row(side.values.row(side.begin + row) + gene, n, depth, side.factor[row],
                             to + row * depth);
  }
  const std::int64_t padded = round_up(rows, kTileRowStep);
  std::fill(to + rows * depth, to + padded * depth, 0.0F);
  return padded;
}

}  // namespace

ProfileTile::ProfileTile()
    : a_(make_host_buffer<float>(kRows * kDepth)),
      b_(make_host_buffer<float>(kRows * kDepth)),
      sums_(make_host_buffer<double>(kRows * kRows)) {}

void ProfileTile::compute(const Side& a, const Side& b, TileSum sum) {
  const TileKernel& kernel = tile_kernel();
  const auto add = sum == TileSum::kProduct ? kernel.product : kernel.maximum;
  std::fill_n(sums_.data(), kRows * kRows, 0.0);
  std::fill_n(rounded_a_, kRows, 0.0);
  std::fill_n(rounded_b_, kRows, 0.0);
  for (std::int64_t gene = 0; gene < a.values.cols; gene += kDepth) {
    const std::int64_t n = std::min(kDepth, a.values.cols - gene);
    const std::int64_t depth = round_up(n, kTileDepthStep);
    const std::int64_t a_rows = pack(a, gene, n, depth, a_.data(), rounded_a_);
    const std::int64_t b_rows = pack(b, gene, n, depth, b_.data(), rounded_b_);
    add(a_.data(), a_rows, b_.data(), b_rows, depth, sums_.data(), kRows);
  }
}

// With u = 2^-24: rounding the values costs u a value, a running sum of m terms m u, adding up its
// lanes a few more. The last term is for the sums in double, over up to 2^22 genes.
double ProfileTile::relative_error(TileSum sum) {
  constexpr double kUnit = 0x1p-24;
  const auto terms = static_cast<double>(kDepth / tile_kernel().lanes + 8);
  return 1.01 * kUnit * (terms + (sum == TileSum::kProduct ? 3.0 : 1.0)) + 1e-11;
}

}  // namespace cupel
