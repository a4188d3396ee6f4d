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
  return bits ^ ((bits >> 31) & 0x7fffffff);
}
inline std::int64_t rank_key(double value) {
  const auto bits = std::bit_cast<std::int64_t>(value + 0.0);
  return bits ^ ((bits >> 63) & 0x7fffffffffffffff);
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
  // expm1 of a lognorm value that is stored as Value.
  template <typename Value>
  [[nodiscard]] std::int32_t of_expm1(double linear) const {
    if constexpr (std::is_same_v<Value, float>) linear = double{static_cast<float>(linear)};
    return rank_key(static_cast<float>(linear * rescaled));
  }
  template <typename Value>
  [[nodiscard]] Key of_stored(Value value) const {
    using Ranked = std::conditional_t<std::is_same_v<Key, std::int32_t>, float, double>;
    return rank_key(static_cast<Ranked>(value));
  }
  template <typename Value>
  [[nodiscard]] Key of(Value value) const {
    if (counts) return of_count(value);
    if (as_stored) return of_stored(value);
    return static_cast<Key>(of_expm1<Value>(math::expm1(static_cast<double>(value))));
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
    return;
  }
  if (cell.as_stored) {
    for (std::int64_t i = 0; i < n; ++i) keys[i] = cell.of_stored(values[i]);
    return;
  }
  // Step by step: GCC does not vectorise expm1 together with a conversion.
  constexpr std::int64_t kPiece = 256;
  double x[kPiece];
  for (std::int64_t begin = 0; begin < n; begin += kPiece) {
    const std::int64_t length = n - begin < kPiece ? n - begin : kPiece;
    for (std::int64_t i = 0; i < length; ++i) x[i] = static_cast<double>(values[begin + i]);
    for (std::int64_t i = 0; i < length; ++i) x[i] = math::expm1(x[i]);
    for (std::int64_t i = 0; i < length; ++i) {
      keys[begin + i] = cell.template of_expm1<Value>(x[i]);
    }
  }
}

}  // namespace cupel
