#include "cpu/sort_keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include "cpu/simd_level.hpp"

namespace cupel::test {
namespace {

template <typename Key>
void expect_sorted(std::size_t n, Key most, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::vector<Key> keys(n + 2);
  for (auto& key : keys) {
    key = most == 0 ? static_cast<Key>(rng())
                    : static_cast<Key>(rng() % static_cast<std::uint64_t>(most));
    if (rng() % 50 == 0) key = std::numeric_limits<Key>::max();
    if (rng() % 50 == 0) key = std::numeric_limits<Key>::min();
  }
  const auto before = keys;
  auto expected = keys;
  std::sort(expected.begin() + 1, expected.end() - 1);
  std::vector<Key> scratch(n);
  sort_keys(std::span(keys).subspan(1, n), std::span(scratch));
  EXPECT_EQ(keys, expected) << n;  // and the keys on both sides stand as they were
}

template <typename Key>
void expect_sorted_at_every_size() {
  for (const auto level : {SimdLevel::kPortable, SimdLevel::kAvx512}) {
    const SimdLimit simd(level);
    for (std::size_t n = 0; n < 300; ++n) {
      expect_sorted<Key>(n, 0, n);
      expect_sorted<Key>(n, 20, n);
    }
    for (const std::size_t n : {511U, 512U, 513U, 1023U, 1025U, 1499U, 1500U, 1501U, 5000U}) {
      expect_sorted<Key>(n, 0, n);
      expect_sorted<Key>(n, 20, n);
    }
  }
}

TEST(SortKeys, SortsThirtyTwoBitsAtEverySize) { expect_sorted_at_every_size<std::int32_t>(); }
TEST(SortKeys, SortsSixtyFourBitsAtEverySize) { expect_sorted_at_every_size<std::int64_t>(); }

}  // namespace
}  // namespace cupel::test
