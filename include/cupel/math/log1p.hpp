#pragma once
#include "cupel/math/float_bits.hpp"

namespace cupel::math {

// log(1 + x) for finite x > -1, within one ulp; NaN gives NaN. Without branches or calls, so that
// loops over it become vector code, and with the same bits on every device, unlike libm's.
//
// 1 + x = u + rest exactly; u = 2^k · (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); then fdlibm's
// series log(1 + f) = 2 · atanh(f / (2 + f)) and log(1 + x) = k · ln 2 + log(1 + f) + rest / u.
CUPEL_HOST_DEVICE inline double log1p(double x) {
  const double u = 1.0 + x;
  const double added = u - 1.0;
  const double rest = (1.0 - (u - added)) + (x - added);

  constexpr std::uint64_t kHalfRoot = 0x3fe6a09e00000000;  // about sqrt(1/2)
  constexpr std::uint64_t kOne = 0x3ff0000000000000;
  const std::uint64_t shifted = bits_of(u) + (kOne - kHalfRoot);
  const std::uint64_t exponent = shifted >> 52;  // k + 1023
  const double k = from_bits(exponent | 0x4330000000000000) - (0x1p52 + 1023.0);
  const double f = from_bits((shifted & 0x000fffffffffffff) + kHalfRoot) - 1.0;

  const double inverse = 1.0 / (2.0 + f);
  const double s = f * inverse;
  const double z = s * s;
  const double w = z * z;
  const double even = w * (3.999999999940941908e-01 +
                           w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const double odd = z * (6.666666666666735130e-01 +
                          w * (2.857142874366239149e-01 +
                               w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  const double half_square = 0.5 * f * f;

  // rest / u from the division already made: 1 / (1 + f) = 2 · inverse / (1 + s).
  const double unit = 2.0 * inverse * ((1.0 - s) * (1.0 + z) * (1.0 + w));
  const double correction = rest * (unit * from_bits((2046 - exponent) << 52));

  const double low = k * 1.90821492927058770002e-10 + correction;
  return k * 6.93147180369123816490e-01 -
         ((half_square - (s * (half_square + (even + odd)) + low)) - f);
}

}  // namespace cupel::math
