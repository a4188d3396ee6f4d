#pragma once
#include <cmath>

#include "cupel/math/float_bits.hpp"

namespace cupel::math {

// `a` where the mask is all ones, `b` where it is 0. Vector code stays vector code with masks that
// are chosen among constants, where a choice among results becomes control flow.
CUPEL_HOST_DEVICE inline double masked(std::uint64_t mask, double a, double b) {
  return from_bits((bits_of(a) & mask) | (bits_of(b) & ~mask));
}

// The C library's log1p, to the bit, on a CPU with fused multiply-adds: fdlibm's algorithm, whose
// polynomial glibc sums in four parts, with the multiply-adds that its compiler fuses (newer glibc,
// and Debian 12's 2.36 from deb12u10 on). What the CPU reference ranks are values of this function,
// so its roundings decide which cells tie, and math::log1p, which is as close to the truth, cannot
// stand in for it.
//
// The algorithm and its constants are fdlibm's (s_log1p.c):
//
//   Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
//   Developed at SunPro, a Sun Microsystems, Inc. business.
//   Permission to use, copy, modify, and distribute this software is freely granted, provided
//   that this notice is preserved.
//
// fdlibm takes one of six ways through its branches. Here they are one straight line whose parts
// are selected, so that loops become vector code and a GPU's threads stay together: the operations
// that reach the result are fdlibm's, in its order.
//
//   1 + x = u + lost, u = 2^k (1 + f), sqrt(2)/2 < 1 + f < sqrt(2)
//   log(1 + f) = f - (f^2/2 - s (f^2/2 + R(s^2))),  s = f / (2 + f)
//   log1p(x) = k ln2_high - ((f^2/2 - (s (f^2/2 + R) + (k ln2_low + lost/u))) - f)
//
// Infinity gives infinity, -1 gives -infinity, below -1 and NaN give NaN; zeros keep their sign.
CUPEL_HOST_DEVICE inline double libm_log1p(double x) {
  using std::fma;
  constexpr double kLn2High = 6.93147180369123816490e-01;
  constexpr double kLn2Low = 1.90821492927058770002e-10;
  constexpr std::uint64_t kAll = ~std::uint64_t{0};
  const double infinity = from_bits(0x7ff0000000000000);

  // Where 1 + x needs no reduction: k is 0, f is x, and there is no correction. fdlibm compares
  // leading 32 bits, hence these bounds (about 1 - sqrt(2)/2 and sqrt(2) - 1), both of them
  // outside.
  const double lower = from_bits(0xbfd2bec400000000);
  const double upper = from_bits(0x3fda827a00000000);
  const std::uint64_t direct = (x > lower ? kAll : 0) & (x < upper ? kAll : 0);
  const std::uint64_t huge = x >= 0x1p53 ? kAll : 0;  // adding 1 would round

  const double u = masked(huge, x, 1.0 + x);
  constexpr std::uint64_t kOne = 0x3ff0000000000000;
  constexpr std::uint64_t kHalfRoot = 0x3fe6a09e00000000;  // about sqrt(2)/2
  const std::uint64_t shifted = bits_of(u) + (kOne - kHalfRoot);
  const double exponent = from_bits((shifted >> 52) | 0x4330000000000000) - (0x1p52 + 1023.0);
  const double fraction = from_bits((shifted & 0x000fffffffffffff) + kHalfRoot) - 1.0;
  const double k = from_bits(bits_of(exponent) & ~direct);
  const double f = masked(direct, x, fraction);

  // What 1 + x lost in rounding; fdlibm leaves it out where k is 0.
  const double lost = masked(u >= 2.0 ? kAll : 0, 1.0 - (u - x), x - (u - 1.0));
  const std::uint64_t without = direct | huge | (exponent == 0.0 ? kAll : 0);
  const double low = fma(k, kLn2Low, from_bits(bits_of(lost / u) & ~without));

  const double half_square = 0.5 * f * f;
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double z2 = z * z;
  const double z4 = z2 * z2;
  const double z6 = z4 * z2;
  const double r2 = fma(z, 2.857142874366239149e-01, 3.999999999940941908e-01);
  const double r3 = fma(z, 1.818357216161805012e-01, 2.222219843214978396e-01);
  const double r4 = fma(z, 1.479819860511658591e-01, 1.531383769920937332e-01);
  const double r12 = fma(z, 6.666666666666735130e-01, z2 * r2);
  const double r = fma(z6, r4, fma(z4, r3, r12));
  const double series = s * (half_square + r);

  // After a reduction to nearly 1 fdlibm takes two terms of the plain series instead.
  const std::uint64_t two_terms = (f >= -0x1.8p-20 ? kAll : 0) & (f < 0x1p-20 ? kAll : 0) & ~direct;
  const double two = half_square * fma(-0.66666666666666666, f, 1.0);
  const double first = masked(two_terms, two, half_square);
  const double second = from_bits(bits_of(series) & ~two_terms) + low;
  const double ordinary = k * kLn2High - ((first - second) - f);  // this product is exact

  const std::uint64_t tiny = (x < 0x1p-29 ? kAll : 0) & (x > -0x1p-29 ? kAll : 0);
  const double finite = masked(tiny, fma(-0.5, x * x, x), ordinary);
  // Infinity and NaN give x + x; -1 gives -infinity, below it there is no logarithm.
  const double above = masked(x < infinity ? kAll : 0, finite, x + x);
  const double at_least = masked(x == -1.0 ? kAll : 0, -infinity, above);
  return masked(x < -1.0 ? kAll : 0, from_bits(0x7ff8000000000000), at_least);
}

}  // namespace cupel::math
