#pragma once
#include <cmath>

#include "cupel/host_device.hpp"
#include "cupel/math/float_bits.hpp"

namespace cupel::math {

// Pearson r from centred sums. NaN when either side is constant.
CUPEL_HOST_DEVICE inline double pearson(double sxy, double sxx, double syy) {
  if (sxx <= 0.0 || syy <= 0.0) return quiet_nan();
  const double r = sxy / std::sqrt(sxx * syy);
  return r > 1.0 ? 1.0 : r < -1.0 ? -1.0 : r;  // a NaN stays one
}

}  // namespace cupel::math
