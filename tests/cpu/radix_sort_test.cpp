#include "cpu/radix_sort.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace cupel::test {
namespace {

struct Item {
  std::uint64_t key;
  int index;
};

TEST(RadixSort, SortsStablyAtEverySize) {
  std::mt19937_64 rng(3);
  for (const std::size_t n : {0UL, 1UL, 2UL, 100UL, 5000UL}) {
    for (const std::uint64_t mask : {~0ULL, 0xfULL, 0xff00000000000000ULL, 0ULL}) {
      std::vector<Item> items(n);
      for (std::size_t i = 0; i < n; ++i) items[i] = {rng() & mask, static_cast<int>(i)};
      auto expected = items;
      std::ranges::stable_sort(expected, {}, &Item::key);
      std::vector<Item> scratch(n);
      radix_sort(std::span(items), std::span(scratch), [](const Item& item) { return item.key; });
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_EQ(items[i].key, expected[i].key);
        ASSERT_EQ(items[i].index, expected[i].index);
      }
    }
  }
}

TEST(RadixSort, OrdersSignedKeysByTheirUnsignedImage) {
  EXPECT_LT(unsigned_order(std::int32_t{-5}), unsigned_order(std::int32_t{-4}));
  EXPECT_LT(unsigned_order(std::int32_t{-1}), unsigned_order(std::int32_t{0}));
  EXPECT_LT(unsigned_order(std::numeric_limits<std::int64_t>::min()),
            unsigned_order(std::numeric_limits<std::int64_t>::max()));
}

}  // namespace
}  // namespace cupel::test
