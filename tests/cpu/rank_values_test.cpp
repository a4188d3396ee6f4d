#include "cpu/rank_values.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace cupel::test {
namespace {

// A whole row at once is vector code, one value is not.
template <typename Key, typename Value>
void expect_rows_as_values(const RankRule& rule, const std::vector<Value>& values) {
  for (const double total : {0.0, 9254.0, 20011.0, 17671.5}) {
    const CellKeys<Key> cell(rule, total);
    std::vector<Key> keys(values.size());
    rank_keys(cell, values.data(), std::ssize(values), keys.data());
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(keys[i], cell.of(values[i])) << values[i] << " of " << total;
    }
  }
}

template <typename Value>
std::vector<Value> values(bool fractions) {
  std::mt19937_64 rng(5);
  std::vector<Value> drawn;
  for (int i = 0; i < 20'001; ++i) {
    const auto whole = static_cast<double>(1 + rng() % (i % 5 == 0 ? 5000 : 30));
    drawn.push_back(static_cast<Value>(fractions ? std::log1p(whole * 37.1) : whole));
  }
  return drawn;
}

TEST(RankKeys, AreTheSameForRowsAndForValues) {
  for (const auto input : {InputType::kCounts, InputType::kLognorm}) {
    for (const bool fractions : {false, true}) {
      const RankRule f32{{input}, RankValues::kF32Linear};
      const RankRule f64{{input}, RankValues::kF64Log1p};
      expect_rows_as_values<std::int32_t>(f32, values<float>(fractions));
      expect_rows_as_values<std::int32_t>(f32, values<double>(fractions));
      expect_rows_as_values<std::int64_t>(f64, values<float>(fractions));
      expect_rows_as_values<std::int64_t>(f64, values<double>(fractions));
    }
    expect_rows_as_values<std::int32_t>({{input}, RankValues::kF32Linear},
                                        values<std::uint16_t>(false));
    expect_rows_as_values<std::int64_t>({{input}, RankValues::kF64Log1p},
                                        values<std::uint16_t>(false));
  }
}

}  // namespace
}  // namespace cupel::test
