#pragma once
#include <cstdint>

#include "cupel/buffer.hpp"
#include "cupel/matrix.hpp"

namespace cupel {

// Sums over genes for every pair of a tile of predicted and a tile of real profiles, in float: fast
// and with a known error, for deciding which distances need care.
enum class TileSum : std::uint8_t {
  kProduct,  // a · b
  kMaximum,  // max(a, b): |a - b| = 2 max(a, b) - a - b costs two instructions, not three
};

class ProfileTile {
 public:
  static constexpr std::int64_t kRows = 128;    // of either side
  static constexpr std::int64_t kDepth = 1024;  // genes at a time

  ProfileTile();

  // Rows [begin, end) of one side, at most kRows, times a factor per row.
  struct Side {
    MatrixView<const double> values;
    std::int64_t begin = 0;
    std::int64_t end = 0;
    const double* factor = nullptr;  // of row `begin` first
  };

  void compute(const Side& a, const Side& b, TileSum sum);

  [[nodiscard]] double operator()(std::int64_t a, std::int64_t b) const {
    return sums_.data()[a * kRows + b];
  }
  // Sum over genes of a row's values as they were rounded to float.
  [[nodiscard]] double rounded_a(std::int64_t row) const { return rounded_a_[row]; }
  [[nodiscard]] double rounded_b(std::int64_t row) const { return rounded_b_[row]; }

  // A sum differs from that of the unrounded values by at most this times the sum over genes of
  // |a · b|, or of |a| + |b| for maxima, and by kUnderflow.
  [[nodiscard]] static double relative_error(TileSum sum);
  static constexpr double kUnderflow = 0x1p-120;  // float's subnormals, over 2^29 genes

 private:
  Buffer<float> a_;
  Buffer<float> b_;
  Buffer<double> sums_;
  double rounded_a_[kRows];
  double rounded_b_[kRows];
};

}  // namespace cupel
