#pragma once
#include <cmath>
#include <cstdint>

#include "cupel/host_device.hpp"
#include "cupel/math/float_bits.hpp"
#include "cupel/matrix.hpp"

// What ranking by distance needs to know of profiles beside their values.
namespace cupel::math {

// Value of a profile for sums that must stay finite: infinities and NaN count as zero there, and
// ProfileRow tells that they are present.
CUPEL_HOST_DEVICE inline double finite_or_zero(double value) {
  return value - value == 0.0 ? value : 0.0;
}

// Power of two that brings `largest` (finite, not negative) into [1/2, 1), or as near as doubles
// allow; 1 for 0.
CUPEL_HOST_DEVICE inline double unit_scale(double largest) {
  if (largest == 0.0) return 1.0;
  const auto exponent =
      static_cast<std::int64_t>(bits_of(largest) >> 52) - 1022;  // 2^exponent: above
  const std::int64_t scale = exponent > 1022 ? -1022 : -exponent;
  return from_bits(static_cast<std::uint64_t>(scale + 1023) << 52);
}

// Sums are over the profile's finite values.
struct ProfileRow {
  double largest = 0.0;  // absolute value
  double scale = 1.0;    // power of two that brings `largest` into [1/2, 1)
  double l1 = 0.0;       // sum of absolute values
  double norm = 0.0;     // of the values times `scale`: neither overflows nor underflows
  std::int32_t nan = 0;
  std::int32_t infinite = 0;
  std::int32_t nonzero = 0;

  // Brings the profile to length 1; 0 for a profile of zeros.
  [[nodiscard]] CUPEL_HOST_DEVICE double to_unit() const { return norm > 0.0 ? scale / norm : 0.0; }
};

// Non-owning: profiles × genes and the facts of each profile, wherever they are.
struct Profiles {
  MatrixView<const double> values;
  const ProfileRow* rows = nullptr;

  // Whether a NaN, an infinity or anything but zeros is left in a row without one gene (or -1).
  [[nodiscard]] CUPEL_HOST_DEVICE bool has_nan(std::int64_t row, std::int64_t excluded) const {
    const bool there = excluded >= 0 && std::isnan(values(row, excluded));
    return rows[row].nan > (there ? 1 : 0);
  }
  [[nodiscard]] CUPEL_HOST_DEVICE bool has_infinite(std::int64_t row, std::int64_t excluded) const {
    const bool there = excluded >= 0 && std::isinf(values(row, excluded));
    return rows[row].infinite > (there ? 1 : 0);
  }
  [[nodiscard]] CUPEL_HOST_DEVICE bool all_zero(std::int64_t row, std::int64_t excluded) const {
    const bool there = excluded >= 0 && values(row, excluded) != 0.0;
    return rows[row].nonzero == (there ? 1 : 0);
  }
  // The excluded gene's value times `factor`; 0 without one, and where it is not finite.
  [[nodiscard]] CUPEL_HOST_DEVICE double left_out(std::int64_t row, std::int64_t excluded,
                                                  double factor) const {
    return excluded < 0 ? 0.0 : finite_or_zero(values(row, excluded)) * factor;
  }
};

}  // namespace cupel::math
