#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

#include "cupel/matrix.hpp"

namespace cupel {

// Value of a profile for sums that must stay finite: infinities and NaN count as zero there, and
// ProfileRow tells that they are present.
inline double finite_or_zero(double value) { return value - value == 0.0 ? value : 0.0; }

// What ranking needs to know of one profile. Sums are over its finite values.
struct ProfileRow {
  double largest = 0.0;  // absolute value
  double scale = 1.0;    // power of two that brings `largest` into [1/2, 1)
  double l1 = 0.0;       // sum of absolute values
  double norm = 0.0;     // of the values times `scale`: neither overflows nor underflows
  std::int32_t nan = 0;
  std::int32_t infinite = 0;
  std::int32_t nonzero = 0;
};

// Profiles × genes, with the facts of each profile.
struct ProfileRows {
  explicit ProfileRows(MatrixView<const double> view);

  // Whether a NaN, an infinity or anything but zeros is left in a row without one gene (or -1).
  [[nodiscard]] bool has_nan(std::int64_t row, std::int64_t excluded) const {
    const bool there = excluded >= 0 && std::isnan(values(row, excluded));
    return facts(row).nan > (there ? 1 : 0);
  }
  [[nodiscard]] bool has_infinite(std::int64_t row, std::int64_t excluded) const {
    const bool there = excluded >= 0 && std::isinf(values(row, excluded));
    return facts(row).infinite > (there ? 1 : 0);
  }
  [[nodiscard]] bool all_zero(std::int64_t row, std::int64_t excluded) const {
    const bool there = excluded >= 0 && values(row, excluded) != 0.0;
    return facts(row).nonzero == (there ? 1 : 0);
  }
  [[nodiscard]] const ProfileRow& facts(std::int64_t row) const {
    return rows[static_cast<std::size_t>(row)];
  }

  MatrixView<const double> values;
  std::vector<ProfileRow> rows;
};

// Power of two that brings `largest` (finite, not negative) into [1/2, 1), or as near as doubles
// allow; 1 for 0.
[[nodiscard]] double unit_scale(double largest);

}  // namespace cupel
