#pragma once
#include <cstdint>
#include <limits>
#include <string_view>

#include "cupel/matrix.hpp"

namespace cupel::quality {

struct MeanShiftOptions {
  std::int32_t draws = 1'999;  // at most
  std::int32_t enough = 20;    // stop once so many draws are at least as far apart as observed
  std::uint64_t seed = 0;
  std::uint32_t series = 0;  // one per perturbation
};

struct MeanShift {
  double observed =
      std::numeric_limits<double>::quiet_NaN();  // squared distance of means, fixed point
  double p_value = std::numeric_limits<double>::quiet_NaN();
  std::string_view undefined_because{};
  std::int64_t draws = 0;     // made
  std::int64_t at_least = 0;  // of those, as far apart as observed or farther
};

// Cells of any common space in fixed point: their sums are then exact whatever the order. `scale`
// is what values are multiplied by; what does not fit is cut off, and NaN is 0.
[[nodiscard]] float fixed_point_scale(MatrixView<const float> cells);  // room for twice the largest
[[nodiscard]] Matrix<std::int16_t> to_fixed_point(MatrixView<const float> cells, float scale);

// Do two groups of cells have the same mean? The E-test with squared distances: its E-distance is
// twice the squared distance of the two means, so a split of the cells is judged by a sum over one
// group in place of all pairs, and every cell can take part. It sees means only, as every score of
// profiles does. Rows are cells, columns a common space (host); up to 65,536 cells together.
//
// The p-value is (b + 1) / (m + 1) over m random splits, b of them at least as far apart; or h / l
// where the h-th such split came at draw l <= m (Besag and Clifford 1991): exact in either case,
// and cheap for perturbations that do nothing.
[[nodiscard]] MeanShift mean_shift_test(MatrixView<const std::int16_t> group,
                                        MatrixView<const std::int16_t> control,
                                        const MeanShiftOptions& options = {});

}  // namespace cupel::quality
