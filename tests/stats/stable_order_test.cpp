#include "stats/stable_order.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <tuple>

namespace cupel::test {
namespace {

// One below, at and above the length where the method changes; ties, both zeros and infinities.
TEST(StableOrder, IsThatOfAStableSort) {
  std::mt19937_64 rng(5);
  const std::vector<double> odd{0.0,  -0.0,      kInfinity, -kInfinity, 1e-310,
                                -1.5, -1.5e-300, 1e300,     1.0,        std::nextafter(1.0, 2.0)};
  for (const std::size_t n : {0U, 1U, 255U, 256U, 257U, 5000U}) {
    std::vector<double> keys;
    for (std::size_t i = 0; i < n; ++i) {
      keys.push_back(rng() % 2 == 0 ? odd[rng() % odd.size()]
                                    : static_cast<double>(rng() % 500) / 7.0 - 20.0);
    }
    auto order = positions(n);
    std::ranges::reverse(order);
    auto expected = order;
    std::ranges::stable_sort(expected, {},
                             [&](std::int32_t i) { return keys[static_cast<std::size_t>(i)]; });
    stable_order(keys, order);
    EXPECT_EQ(order, expected) << n;
  }
}

TEST(StableOrder, OfALesserThenAGreaterKeySortsByBoth) {
  std::mt19937_64 rng(6);
  std::vector<double> lesser;
  std::vector<double> greater;
  for (int i = 0; i < 3000; ++i) {
    lesser.push_back(static_cast<double>(rng() % 30));
    greater.push_back(static_cast<double>(rng() % 30) * 1e-9);
  }
  auto order = positions(lesser.size());
  stable_order(lesser, order);
  stable_order(greater, order);
  EXPECT_TRUE(std::ranges::is_sorted(order, {}, [&](std::int32_t i) {
    const auto at = static_cast<std::size_t>(i);
    return std::tuple(greater[at], lesser[at], i);
  }));
}

}  // namespace
}  // namespace cupel::test
