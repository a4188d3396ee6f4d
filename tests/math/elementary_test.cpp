#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "cupel/math/expm1.hpp"
#include "cupel/math/libm_log1p.hpp"
#include "cupel/math/log1p.hpp"

namespace cupel::test {
namespace {

// Distance from the exact value in units of its last place in double.
double ulps(double actual, long double exact) {
  const double rounded = static_cast<double>(exact);
  const double ulp = std::nextafter(std::fabs(rounded), INFINITY) - std::fabs(rounded);
  return static_cast<double>(std::fabs((actual - exact) / ulp));
}

TEST(Log1p, IsWithinOneUlpEverywhere) {
  std::mt19937_64 rng(1);
  std::uniform_real_distribution<double> exponent(-60.0, 60.0);
  std::uniform_real_distribution<double> near_minus_one(-40.0, 0.0);
  double worst = 0.0;
  for (int i = 0; i < 400000; ++i) {
    const double size = std::exp2(exponent(rng));
    for (const double x : {size, size < 1.0 ? -size : -0.5, std::exp2(near_minus_one(rng)) - 1.0}) {
      if (x <= -1.0) continue;
      worst = std::max(worst, ulps(math::log1p(x), std::log1p(static_cast<long double>(x))));
    }
  }
  EXPECT_LT(worst, 1.0);
}

TEST(Log1p, KeepsZeroAndNaN) {
  EXPECT_EQ(math::log1p(0.0), 0.0);
  EXPECT_TRUE(std::isnan(math::log1p(std::nan(""))));
  EXPECT_EQ(math::log1p(std::numeric_limits<double>::denorm_min()),
            std::numeric_limits<double>::denorm_min());
}

struct Known {
  double x;
  double log1p;
};

// Of Debian 12's glibc 2.36 on a CPU with fused multiply-adds. Its results without them, other C
// libraries' and the exact values rounded differ at some of these.
constexpr Known kKnown[] = {
    {0x1.5f331134f2c6dp+11, 0x1.fc3bd4b3a68b2p+2},  // 26 counts of 9,254, in a million
    {0x1.45a7416c25eeap+8, 0x1.727d544bf224bp+2},   // 4 of 12,283
    {0x1.4564529372e58p+10, 0x1.cb0390ca9be8ep+2},  // 23 of 17,671
    {0x1.73168e8fa8af9p+9, 0x1.a719878e20b72p+2},   // 18 of 24,253
    {0x1.0000000000092p-3, 0x1.e27076e2af3eap-4},   // no reduction
    {-0x1.3dbce50655cc1p-3, -0x1.594620c191e7dp-3},
    {0x1.eb99a19638de9p-3, 0x1.b89cdb2470366p-3},
    {-0x1.5e8e197e85ff1p-3, -0x1.807d9aeeac882p-3},
    {0x1.0c0d59521e54cp-1, 0x1.af2419524153ap-2},    // unlike with one multiply-add fewer
    {-0x1.0e42d336d785fp-2, -0x1.39c7a8834af9cp-2},  // unlike with another order of them
    {0x1.a8279fffe7e77p-2, 0x1.62e43471b4d01p-2},    // just below the reduction
};

TEST(LibmLog1p, HasTheBitsThatItIsNamedFor) {
  for (const auto& [x, log1p] : kKnown) EXPECT_EQ(math::libm_log1p(x), log1p) << x;
}

void expect_library_bits(double x) {
  const double ours = math::libm_log1p(x);
  const double library = std::log1p(x);
  if (std::isnan(library)) {
    EXPECT_TRUE(std::isnan(ours)) << x;
  } else if (std::bit_cast<std::uint64_t>(ours) != std::bit_cast<std::uint64_t>(library)) {
    ADD_FAILURE() << std::hexfloat << "log1p(" << x << ") is " << library << ", not " << ours;
  }
}

TEST(LibmLog1p, IsTheCLibrarysToTheBit) {
  for (const Known& known : kKnown) {
    const volatile double x = known.x;  // else the compiler may answer, which rounds correctly
    if (std::log1p(x) != known.log1p) {
      GTEST_SKIP() << "this C library's log1p is another one (it differs at " << known.x
                   << "): only the known values were compared";
    }
  }
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double x :
       {0.0, -0.0, 1.0, -1.0, -1.5, infinity, -infinity, std::nan(""), 0x1p53, 0x1p53 - 1.0, 0x1p54,
        std::numeric_limits<double>::max(), std::numeric_limits<double>::denorm_min(),
        -std::numeric_limits<double>::denorm_min(), std::nextafter(-1.0, 0.0)}) {
    expect_library_bits(x);
  }
  // On both sides of every power of two, which takes in all bounds on the argument's size.
  for (int exponent = -1074; exponent < 1024; ++exponent) {
    for (const double sign : {1.0, -1.0}) {
      double x = sign * std::ldexp(1.0, exponent);
      expect_library_bits(std::nextafter(x, -infinity));
      for (int i = 0; i < 3; ++i, x = std::nextafter(x, infinity)) expect_library_bits(x);
    }
  }
  // Around the bounds that are no powers of two: of x and, after 1 + x, of its fraction.
  std::mt19937_64 rng(3);
  const auto expect_around = [&](double x) {
    for (int i = 0; i < 400; ++i) {
      const auto shift = 16 + static_cast<int>(rng() % 48);
      const auto away = static_cast<std::int64_t>(rng()) >> shift;
      expect_library_bits(std::bit_cast<double>(std::bit_cast<std::int64_t>(x) + away));
    }
  };
  for (const std::uint64_t bound :
       {std::uint64_t{0xbfd2bec400000000}, std::uint64_t{0x3fda827a00000000}}) {
    for (int i = 0; i < 20; ++i) expect_around(std::bit_cast<double>(bound));
  }
  for (int k = -20; k < 54; ++k) {
    for (const double base :
         {1.0, 1.0 + 0x1p-20, 1.0 - 0x1.8p-20, std::sqrt(2.0), 0x1.6a09ep0, std::sqrt(0.5)}) {
      expect_around(std::ldexp(base, k) - 1.0);
    }
  }
  // Where no reduction hides the polynomial's last bits.
  std::uniform_real_distribution<double> direct(-0.293, 0.4143);
  for (int i = 0; i < 2'000'000; ++i) expect_library_bits(direct(rng));
  // What is ranked: counts of a cell, in a million.
  std::lognormal_distribution<double> depth(std::log(20000.0), 0.6);
  for (int i = 0; i < 1'000'000; ++i) {
    const auto count = static_cast<double>(1 + rng() % (rng() % 8 == 0 ? 60000 : 30));
    expect_library_bits(count / (std::round(depth(rng)) / 1e6));
  }
  // Any bits, and any size.
  std::uniform_real_distribution<double> exponent(-60.0, 60.0);
  for (int i = 0; i < 300'000; ++i) {
    expect_library_bits(std::bit_cast<double>(rng()));
    const double size = std::exp2(exponent(rng));
    expect_library_bits(size);
    expect_library_bits(size < 1.0 ? -size : size);
    expect_library_bits(size < 1.0 ? size - 1.0 : size);
  }
}

TEST(LibmLog1p, IsWithinOneUlp) {
  std::mt19937_64 rng(4);
  std::uniform_real_distribution<double> exponent(-60.0, 60.0);
  double worst = 0.0;
  for (int i = 0; i < 200000; ++i) {
    const double x = std::exp2(exponent(rng));
    worst = std::max(worst, ulps(math::libm_log1p(x), std::log1p(static_cast<long double>(x))));
  }
  EXPECT_LT(worst, 1.0);
}

TEST(Expm1, IsWithinTwoUlpEverywhere) {
  std::mt19937_64 rng(2);
  std::uniform_real_distribution<double> exponent(-60.0, 9.4);
  double worst = 0.0;
  for (int i = 0; i < 400000; ++i) {
    const double size = std::exp2(exponent(rng));
    for (const double x : {size, -size}) {
      worst = std::max(worst, ulps(math::expm1(x), std::expm1(static_cast<long double>(x))));
    }
  }
  EXPECT_LT(worst, 2.0);
}

TEST(Expm1, KeepsZeroNaNAndTheLimits) {
  EXPECT_EQ(math::expm1(0.0), 0.0);
  EXPECT_TRUE(std::isnan(math::expm1(std::nan(""))));
  EXPECT_EQ(math::expm1(710.0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(math::expm1(-800.0), -1.0);
  EXPECT_EQ(math::expm1(-std::numeric_limits<double>::infinity()), -1.0);
}

}  // namespace
}  // namespace cupel::test
