// Narrowing, value by value, against what the types can hold.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "io/narrow.hpp"

namespace cupel::io {
namespace {

constexpr std::int64_t kOdd = 37;  // more than a vector, and not a multiple of one

// Whether 37 values, one of them `value` and the rest 1, narrow from `From` to `type` and come out
// the same.
template <typename From>
bool holds(From value, ElementType from, ValueType type) {
  for (const std::int64_t place : {std::int64_t{0}, std::int64_t{20}, kOdd - 1}) {
    std::vector<From> values(kOdd, From(1));
    values[static_cast<std::size_t>(place)] = value;
    alignas(64) std::byte out[kOdd * 8];
    if (!narrow_values(from, reinterpret_cast<const std::byte*>(values.data()), kOdd, type, out)) {
      return false;
    }
    const double held = type == ValueType::kU16 ? reinterpret_cast<std::uint16_t*>(out)[place]
                        : type == ValueType::kF32
                            ? static_cast<double>(reinterpret_cast<float*>(out)[place])
                            : reinterpret_cast<double*>(out)[place];
    const auto original = static_cast<double>(value);
    EXPECT_TRUE(held == original || (std::isnan(held) && std::isnan(original)));
  }
  return true;
}

TEST(Narrow, SixteenBitsHoldCountsOnly) {
  for (const double value : {0.0, 1.0, 255.0, 65535.0}) {
    EXPECT_TRUE(holds(value, ElementType::kF64, ValueType::kU16)) << value;
    EXPECT_TRUE(holds(static_cast<float>(value), ElementType::kF32, ValueType::kU16)) << value;
    EXPECT_TRUE(holds(static_cast<std::int64_t>(value), ElementType::kI64, ValueType::kU16));
    EXPECT_TRUE(holds(static_cast<std::uint32_t>(value), ElementType::kU32, ValueType::kU16));
  }
  for (const double value :
       {-1.0, 0.5, 65535.5, 65536.0, 1e10, 1e300, -1e300, 1e-300,
        std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_FALSE(holds(value, ElementType::kF64, ValueType::kU16)) << value;
  }
  for (const float value : {-1.0F, 0.25F, 65536.0F, 3e38F, std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_FALSE(holds(value, ElementType::kF32, ValueType::kU16)) << value;
  }
  EXPECT_FALSE(holds(std::int8_t{-1}, ElementType::kI8, ValueType::kU16));
  EXPECT_FALSE(holds(std::int32_t{65536}, ElementType::kI32, ValueType::kU16));
  EXPECT_FALSE(holds(std::numeric_limits<std::int32_t>::min(), ElementType::kI32, ValueType::kU16));
  EXPECT_FALSE(holds(std::int64_t{1} << 32, ElementType::kI64, ValueType::kU16));
  EXPECT_FALSE(holds(~std::uint64_t{0}, ElementType::kU64, ValueType::kU16));
}

TEST(Narrow, FloatsHoldWhatReadsBackTheSame) {
  EXPECT_TRUE(holds(0.5, ElementType::kF64, ValueType::kF32));
  EXPECT_TRUE(holds(std::numeric_limits<double>::quiet_NaN(), ElementType::kF64, ValueType::kF32));
  EXPECT_TRUE(holds(-std::numeric_limits<double>::infinity(), ElementType::kF64, ValueType::kF32));
  EXPECT_FALSE(holds(0.1, ElementType::kF64, ValueType::kF32));
  EXPECT_FALSE(holds(1e39, ElementType::kF64, ValueType::kF32));
  EXPECT_FALSE(holds(1e-60, ElementType::kF64, ValueType::kF32));
  EXPECT_TRUE(holds(std::int32_t{1} << 24, ElementType::kI32, ValueType::kF32));
  EXPECT_FALSE(holds((std::int32_t{1} << 24) + 1, ElementType::kI32, ValueType::kF32));
  EXPECT_TRUE(holds(std::numeric_limits<std::int32_t>::min(), ElementType::kI32, ValueType::kF32));
}

TEST(Narrow, DoublesHoldIntegersUpToTwoToThe53) {
  constexpr auto kMost = std::int64_t{1} << 53;
  EXPECT_TRUE(holds(kMost, ElementType::kI64, ValueType::kF64));
  EXPECT_TRUE(holds(-kMost, ElementType::kI64, ValueType::kF64));
  EXPECT_FALSE(holds(kMost + 1, ElementType::kI64, ValueType::kF64));
  EXPECT_FALSE(holds(-kMost - 1, ElementType::kI64, ValueType::kF64));
  EXPECT_FALSE(holds(std::numeric_limits<std::int64_t>::min(), ElementType::kI64, ValueType::kF64));
  EXPECT_FALSE(holds(~std::uint64_t{0}, ElementType::kU64, ValueType::kF64));
}

TEST(Narrow, NarrowestIsTheFirstThatHoldsThemAll) {
  std::vector<double> values(5000, 3.0);
  const auto type = [&](ValueType least = ValueType::kU16) {
    return narrowest(ElementType::kF64, reinterpret_cast<const std::byte*>(values.data()), 5000,
                     least);
  };
  EXPECT_EQ(type(), ValueType::kU16);
  EXPECT_EQ(type(ValueType::kF32), ValueType::kF32);
  values[4000] = 0.5;
  EXPECT_EQ(type(), ValueType::kF32);
  values[4999] = 0.1;
  EXPECT_EQ(type(), ValueType::kF64);
  const std::vector<std::int64_t> large(3, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(narrowest(ElementType::kI64, reinterpret_cast<const std::byte*>(large.data()), 3,
                      ValueType::kU16),
            std::nullopt);
}

TEST(Narrow, GenesOutOfRangeAreFound) {
  for (const auto type : {GeneType::kU16, GeneType::kU32}) {
    for (const std::int64_t bad :
         {std::int64_t{-1}, std::int64_t{100}, std::int64_t{65536}, std::int64_t{1} << 32,
          std::numeric_limits<std::int64_t>::min()}) {
      std::vector<std::int64_t> genes(kOdd, 99);
      alignas(64) std::byte out[kOdd * 4];
      const auto* bytes = reinterpret_cast<const std::byte*>(genes.data());
      EXPECT_TRUE(narrow_genes(ElementType::kI64, bytes, kOdd, 100, type, out));
      genes[30] = bad;
      EXPECT_FALSE(narrow_genes(ElementType::kI64, bytes, kOdd, 100, type, out)) << bad;
    }
    const std::int8_t negative = -1;
    alignas(64) std::byte out[8];
    EXPECT_FALSE(narrow_genes(ElementType::kI8, reinterpret_cast<const std::byte*>(&negative), 1,
                              1000, type, out));
    EXPECT_TRUE(narrow_genes(ElementType::kI8, nullptr, 0, 0, type, out));
  }
}

// What a half means: sign, 5 bits of exponent, 10 of fraction.
double slow_half(std::uint16_t half) {
  const int exponent = half >> 10 & 31;
  const int fraction = half & 1023;
  const double sign = (half & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31) {
    return fraction != 0 ? std::numeric_limits<double>::quiet_NaN()
                         : sign * std::numeric_limits<double>::infinity();
  }
  return exponent == 0 ? sign * std::ldexp(fraction, -24)
                       : sign * std::ldexp(1024 + fraction, exponent - 25);
}

TEST(Half, EveryOneReadsAsItsValue) {
  for (unsigned bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const double expected = slow_half(half);
    const auto actual = static_cast<double>(half_to_float(half));
    ASSERT_TRUE(actual == expected || (std::isnan(actual) && std::isnan(expected))) << bits;
    ASSERT_EQ(std::signbit(actual), (bits & 0x8000) != 0);
    if (!std::isnan(expected)) {
      ASSERT_EQ(float_to_half(half_to_float(half)), half);
    }
  }
}

TEST(Half, RoundsToTheNearestAndToEven) {
  // Halfway between two neighbours, and just beside it.
  for (unsigned bits = 0; bits < 0x7bff; ++bits) {
    const auto low = static_cast<std::uint16_t>(bits);
    const auto high = static_cast<std::uint16_t>(bits + 1);
    const auto middle = static_cast<float>((slow_half(low) + slow_half(high)) / 2);
    ASSERT_EQ(float_to_half(middle), bits % 2 == 0 ? low : high) << bits;
    ASSERT_EQ(float_to_half(std::nextafter(middle, 0.0F)), low) << bits;
    ASSERT_EQ(float_to_half(std::nextafter(middle, 1e9F)), high) << bits;
    ASSERT_EQ(float_to_half(-middle) & 0x7fff, float_to_half(middle)) << bits;
  }
  EXPECT_EQ(float_to_half(65519.0F), 0x7bff);
  EXPECT_EQ(float_to_half(65520.0F), 0x7c00);
  EXPECT_EQ(float_to_half(std::numeric_limits<float>::infinity()), 0x7c00);
}

}  // namespace
}  // namespace cupel::io
