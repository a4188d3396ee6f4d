#pragma once
#include <cmath>
#include <cstdint>

#include "cupel/host_device.hpp"
#include "cupel/math/float_bits.hpp"

namespace cupel::math {

// Tie terms of more than 2,097,151 cells do not fit 64 bits.
__extension__ using Uint128 = unsigned __int128;

// t^3 - t: what a run of t tied values adds to the tie term.
CUPEL_HOST_DEVICE constexpr Uint128 tie_term(std::uint64_t run) {
  const Uint128 t = run;
  return t * (t * t - 1) * static_cast<Uint128>(run != 0);
}

// Rounded once, to nearest and to even, as the conversion of the language, which devices lack.
CUPEL_HOST_DEVICE inline double to_double(Uint128 value) {
  int shift = 0;
  bool lost = false;
  while (value >> 64 != 0) {
    lost = lost || (value & 1) != 0;
    value >>= 1;
    ++shift;
  }
  // 64 bits are 11 more than a double has: the lowest can tell that there were others below it.
  const auto leading = static_cast<std::uint64_t>(value) | static_cast<std::uint64_t>(lost);
  return static_cast<double>(leading) * from_bits(static_cast<std::uint64_t>(1023 + shift) << 52);
}

// Two-sided asymptotic p of a rank sum (cell-eval.md 2.2). The order of operations is scipy's, so
// that z agrees to the last bits and p to 1e-12 even where it is 1e-300.
CUPEL_HOST_DEVICE inline double rank_sum_p_value(std::int64_t two_u, double ties,
                                                 std::int64_t n_group, std::int64_t n_control,
                                                 bool continuity) {
  if (n_group == 0 || n_control == 0) return from_bits(0x7ff8000000000000);
  using std::erfc;
  using std::sqrt;
  const auto n1 = static_cast<double>(n_group);
  const auto n2 = static_cast<double>(n_control);
  const double n = n1 + n2;
  // One value throughout. n·(n-1) is exact, so this product is n^3 - n rounded once, as ties is.
  if (ties >= n * (n - 1) * (n + 1)) return 1.0;
  const std::int64_t pairs = n_group * n_control;
  const double u = 0.5 * static_cast<double>(two_u > pairs ? two_u : 2 * pairs - two_u);
  const double deviation = sqrt(n1 * n2 / 12 * ((n + 1) - ties / (n * (n - 1))));
  double numerator = u - n1 * n2 / 2;
  if (continuity) numerator -= 0.5;  // not clamped: u at its mean gives z < 0, hence p = 1
  constexpr double kSqrtHalf = 0.70710678118654752440;
  const double p = erfc(numerator / deviation * kSqrtHalf);
  return p < 1.0 ? p : 1.0;
}

// Benjamini-Hochberg before the running minimum: p of rank `rank` (from 1) among n. The factor is
// formed first, as scipy does.
CUPEL_HOST_DEVICE inline double bh_candidate(double p, std::int64_t rank, std::int64_t n) {
  return p * (static_cast<double>(n) / static_cast<double>(rank));
}

}  // namespace cupel::math
