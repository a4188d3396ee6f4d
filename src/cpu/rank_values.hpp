#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "cupel/backend.hpp"
#include "cupel/math/expression.hpp"
#include "cupel/multiversion.hpp"

namespace cupel {

// Integers that order finite values as the values themselves: equal exactly when the values are
// equal, 0 for zero of either sign, the value's own bits where it is positive.
inline std::int32_t rank_key(float value) {
  const auto bits = std::bit_cast<std::int32_t>(value + 0.0F);  // -0 becomes 0
  return bits >= 0 ? bits : bits ^ 0x7fffffff;
}
inline std::int64_t rank_key(double value) {
  const auto bits = std::bit_cast<std::int64_t>(value + 0.0);
  return bits >= 0 ? bits : bits ^ 0x7fffffffffffffff;
}
// The value whose key this is.
inline double value_of(std::int64_t key) {
  return std::bit_cast<double>(key >= 0 ? key : key ^ 0x7fffffffffffffff);
}

// What the rank test ranks (cell-eval.md 2.2).
struct RankRule {
  Linear linear;
  RankValues values = RankValues::kF32Linear;
};

// The key of what is ranked, for the values of one cell. int32_t keys are of floats: all of
// kF32Linear, and of kF64Log1p the lognorm values that are stored as such. int64_t keys are of the
// doubles of kF64Log1p. The operations and their order are the definition: they decide which
// values tie.
template <typename Key>
struct CellKeys {
  CellKeys(const RankRule& rule, double total)
      : counts(rule.linear.input == InputType::kCounts),
        as_stored(rule.values == RankValues::kF64Log1p),
        divisor(math::count_divisor(total, rule.linear.target_sum)),
        scale(math::count_scale_f32(total, rule.linear.target_sum)),
        rescaled(rule.linear.renormalise && total != 0.0 ? rule.linear.target_sum / total : 1.0) {}

  template <typename Value>
  [[nodiscard]] Key of_count(Value value) const {
    if constexpr (std::is_same_v<Key, std::int32_t>) {
      return rank_key(math::linear_count_f32(static_cast<float>(value), scale));
    } else {
      return rank_key(std::log1p(math::linear_count(static_cast<double>(value), divisor)));
    }
  }
  template <typename Value>
  [[nodiscard]] Key of_lognorm(Value value) const {
    if constexpr (std::is_same_v<Key, std::int64_t>) {
      return rank_key(static_cast<double>(value));
    } else if constexpr (std::is_same_v<Value, float>) {
      return rank_key(static_cast<float>(double{math::linear_lognorm(value)} * rescaled));
    } else {
      return rank_key(
          static_cast<float>(math::linear_lognorm(static_cast<double>(value)) * rescaled));
    }
  }
  template <typename Value>
  [[nodiscard]] Key of_stored(Value value) const {
    if constexpr (std::is_same_v<Key, std::int64_t>) return of_lognorm(value);
    return static_cast<Key>(rank_key(static_cast<float>(value)));
  }
  template <typename Value>
  [[nodiscard]] Key of(Value value) const {
    return counts ? of_count(value) : as_stored ? of_stored(value) : of_lognorm(value);
  }

  bool counts;
  bool as_stored;
  double divisor;
  float scale;
  double rescaled;  // times linear expression of lognorm input
};

// Of n values of one cell. Plain loops, one per kind of input, that vectorise.
template <typename Key, typename Value>
CUPEL_MULTIVERSION void rank_keys(const CellKeys<Key>& cell, const Value* values, std::int64_t n,
                                  Key* keys) {
  if (cell.counts) {
    for (std::int64_t i = 0; i < n; ++i) keys[i] = cell.of_count(values[i]);
  } else if (cell.as_stored) {
    for (std::int64_t i = 0; i < n; ++i) keys[i] = cell.of_stored(values[i]);
  } else {
    for (std::int64_t i = 0; i < n; ++i) keys[i] = cell.of_lognorm(values[i]);
  }
}

}  // namespace cupel
