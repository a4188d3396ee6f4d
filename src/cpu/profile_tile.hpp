#pragma once
#include <cstdint>
#include <vector>

#include "cupel/buffer.hpp"
#include "cupel/matrix.hpp"

namespace cupel {

// Profiles rounded to float, in tiles of kRows profiles that are stored kDepth genes at a time, so
// that a kernel reads one stretch of memory: tile, stretch of genes, profile, gene.
class PackedProfiles {
 public:
  static constexpr std::int64_t kRows = 128;
  static constexpr std::int64_t kDepth = 768;

  // Each profile times its factor; infinities and NaN as zero.
  PackedProfiles(MatrixView<const double> values, const std::vector<double>& factor);

  // Profiles of a tile, `depth` floats apart, from gene `gene` (a multiple of kDepth) on.
  [[nodiscard]] const float* stretch(std::int64_t tile, std::int64_t gene) const {
    return values_.data() + kRows * (tile * genes_ + gene);
  }
  [[nodiscard]] std::int64_t depth(std::int64_t gene) const;
  [[nodiscard]] std::int64_t genes() const { return genes_; }
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] std::int64_t tiles() const { return (rows_ + kRows - 1) / kRows; }
  // Sum over genes of a profile's rounded values.
  [[nodiscard]] double sum(std::int64_t row) const { return sums_[static_cast<std::size_t>(row)]; }

 private:
  std::int64_t rows_;
  std::int64_t genes_;  // padded with zeros to a multiple of the kernels' step
  Buffer<float> values_;
  std::vector<double> sums_;
};

// A sum over genes for every pair of two tiles, in float: fast and with a known error.
enum class TileSum : std::uint8_t {
  kProduct,  // a · b
  kMaximum,  // max(a, b): |a - b| = 2 max(a, b) - a - b costs two instructions, not three
};

// kRows × kRows; rows and columns beyond the profiles are of zeros.
void tile_sums(const PackedProfiles& a, std::int64_t a_tile, const PackedProfiles& b,
               std::int64_t b_tile, TileSum sum, double* sums);

// A tile sum differs from that of the unrounded values by at most this times the sum over genes of
// |a · b|, or of |a| + |b| for maxima, and by math::kSumUnderflow.
[[nodiscard]] double tile_error(TileSum sum);

}  // namespace cupel
