#include "cupel/math/ranks.hpp"

#include <gtest/gtest.h>

#include <random>

namespace cupel::test {
namespace {

using math::Uint128;

void expect_rounded_as_the_compiler_does(Uint128 value) {
  EXPECT_EQ(math::to_double(value), static_cast<double>(value))
      << static_cast<std::uint64_t>(value >> 64) << " · 2^64 + "
      << static_cast<std::uint64_t>(value);
}

TEST(TieTerms, AreRoundedOnceAndToEven) {
  std::mt19937_64 rng(1);
  for (int bits = 0; bits <= 128; ++bits) {
    const Uint128 power = bits == 128 ? 0 : Uint128{1} << bits;  // at 128: all ones below
    for (int away = -3; away <= 3; ++away) {
      expect_rounded_as_the_compiler_does(power + static_cast<Uint128>(away));
    }
    for (int i = 0; i < 200; ++i) {
      const Uint128 any = (Uint128{rng()} << 64 | rng()) >> (128 - (bits > 0 ? bits : 1));
      expect_rounded_as_the_compiler_does(any);
      // Halfway between two doubles, and one beside it.
      if (bits < 56) continue;
      const Uint128 half = Uint128{1} << (bits - 54);
      const Uint128 tie = any / (2 * half) * (2 * half) + half;
      for (int away = -1; away <= 1; ++away) {
        expect_rounded_as_the_compiler_does(tie + static_cast<Uint128>(away));
      }
    }
  }
}

}  // namespace
}  // namespace cupel::test
