#pragma once
#include <bit>
#include <cstdint>
#include <type_traits>

#include "cupel/backend.hpp"
#include "cupel/math/expression.hpp"
#include "cupel/math/log1p.hpp"
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

// The key of what the rank test ranks, for the values of one cell (cell-eval.md 2.2). Key is
// int32_t for RankValues::kF32Linear and int64_t for kF64Log1p. The operations and their order are
// the definition: they decide which values tie.
template <typename Key>
struct CellKeys {
  CellKeys(const Linear& how, double total)
      : counts(how.input == InputType::kCounts),
        divisor(math::count_divisor(total, how.target_sum)),
        scale(math::count_scale_f32(total, how.target_sum)),
        rescaled(how.renormalise && total != 0.0 ? how.target_sum / total : 1.0) {}

  template <typename Value>
  [[nodiscard]] Key of_count(Value value) const {
    if constexpr (std::is_same_v<Key, std::int32_t>) {
      return rank_key(math::linear_count_f32(static_cast<float>(value), scale));
    } else {
      return rank_key(math::log1p(math::linear_count(static_cast<double>(value), divisor)));
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

  bool counts;
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
  } else {
    for (std::int64_t i = 0; i < n; ++i) keys[i] = cell.of_lognorm(values[i]);
  }
}

}  // namespace cupel
