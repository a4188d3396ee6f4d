#include "simulate/negative_binomial.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "simulate/random.hpp"

namespace cupel::simulate {
namespace {

// Inversion walks k = 0, 1, ... with P(X > k) in hand. With shape r = 1 / dispersion = 4 the start
// needs no power function, P(X = 0) = q^4 where q = 1 / (1 + dispersion · mu), and then
// P(k) = P(k - 1) · (1 - q) · (k + 3) / k.
static_assert(kDispersion * 4 == 1.0);

using Doubles [[gnu::vector_size(8 * kLanes)]] = double;
using Bits [[gnu::vector_size(8 * kLanes)]] = std::uint64_t;
using Integers [[gnu::vector_size(8 * kLanes)]] = std::int64_t;

constexpr std::size_t kTable = 256;
// (k + 3) / k for k = 1, 2, ...
constexpr std::array<double, kTable> make_growth() {
  std::array<double, kTable> growth{};
  for (std::size_t k = 1; k < kTable; ++k) {
    growth[k] = (static_cast<double>(k) + 3.0) / static_cast<double>(k);
  }
  return growth;
}
constexpr std::array<double, kTable> kGrowth = make_growth();

// The same walk for one lane, from step k on. It ends where it should: rounding leaves P(X > k) far
// below 2^-33, the least that u can be, for any mean that a cell can have; past that, where the
// mass vanishes.
std::int64_t walk(std::int64_t k, double u, double p, double mass, double above) {
  while (u < above && mass > std::numeric_limits<double>::min()) {
    ++k;
    mass *= p * ((static_cast<double>(k) + 3.0) / static_cast<double>(k));
    above -= mass;
  }
  return k;
}

}  // namespace

// Generic vectors compile to whatever the target has; the arithmetic is the same everywhere.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
[[gnu::target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")]]
#endif
void draw_counts(std::uint64_t key, double scale, std::span<const double> profile,
                 std::span<std::uint32_t> counts) {
  Bits position = key + (Bits{0, 1, 2, 3, 4, 5, 6, 7} + 1) * kStep;
  for (std::size_t i = 0; i < profile.size(); i += kLanes, position += kLanes * kStep) {
    Bits x = position;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    x = x ^ (x >> 31);
    // 32 random bits and a half as the mantissa of a double in [1, 2): u is in (0, 1).
    const Bits mantissa = ((x >> 32) << 20) | (0x3ff0000000000000 | (std::uint64_t{1} << 19));
    const Doubles u = 2.0 - (Doubles)mantissa;

    Doubles mean;
    std::memcpy(&mean, profile.data() + i, sizeof mean);
    mean *= scale;
    const Doubles scaled = kDispersion * mean;
    const Doubles q = 1.0 / (1.0 + scaled);
    const Doubles p = scaled * q;
    const Doubles q2 = q * q;
    Doubles mass = q2 * q2;                      // P(X = k)
    Doubles above = p * (1.0 + q) * (1.0 + q2);  // P(X > k)
    Integers count = -(u < above);

    // About as many steps as the largest mean needs; lanes that need more walk on alone.
    const auto steps =
        static_cast<std::size_t>(std::min(3.0 * mean[kLanes - 1] + 2.0, kTable - 1.0));
    for (std::size_t k = 1; k <= steps; ++k) {
      mass *= p * kGrowth[k];
      above -= mass;
      count -= (u < above);
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      std::int64_t k = count[lane];
      if (u[lane] < above[lane]) {
        k = walk(static_cast<std::int64_t>(steps), u[lane], p[lane], mass[lane], above[lane]);
      }
      counts[i + lane] = static_cast<std::uint32_t>(k);
    }
  }
}

}  // namespace cupel::simulate
