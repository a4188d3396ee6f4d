#pragma once
#include "cupel/math/float_bits.hpp"

namespace cupel::math {

// exp(x) - 1 within two ulp; infinite above 709, -1 below -708; NaN gives NaN. Like math::log1p
// without branches or calls: vector code in loops and the same bits on every device.
//
// x = k · ln 2 + r with |r| <= ln(2) / 2, then 2^k · (exp(r) - 1) + (2^k - 1) with a Taylor series.
CUPEL_HOST_DEVICE inline double expm1(double x) {
  // Selects of constants, one after the other: nested, or of results, they become control flow, and
  // no loop vectorises.
  const double below = x > 709.0 ? 709.0 : x;
  const double clamped = below < -708.0 ? -708.0 : below;
  constexpr double kRounder = 0x1.8p52;  // adding it leaves the integer in the low bits
  const double shifted = clamped * 1.44269504088896340736 + kRounder;
  const double k = shifted - kRounder;
  const double r = (clamped - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;

  double series = 1.0 / 6227020800.0;  // r^12 / 13! first, r / 2! last
  series = series * r + 1.0 / 479001600.0;
  series = series * r + 1.0 / 39916800.0;
  series = series * r + 1.0 / 3628800.0;
  series = series * r + 1.0 / 362880.0;
  series = series * r + 1.0 / 40320.0;
  series = series * r + 1.0 / 5040.0;
  series = series * r + 1.0 / 720.0;
  series = series * r + 1.0 / 120.0;
  series = series * r + 1.0 / 24.0;
  series = series * r + 1.0 / 6.0;
  series = series * r + 0.5;
  const double small = r + r * r * series;

  const double power = from_bits((bits_of(shifted) + 1023) << 52);  // 2^k
  const double result = power * small + (power - 1.0);
  const double overflow = x > 709.0 ? from_bits(0x7ff0000000000000) : 0.0;
  return result + overflow;  // at -708 and below, result is -1
}

}  // namespace cupel::math
