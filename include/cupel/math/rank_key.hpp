#pragma once
#include <cstdint>
#include <type_traits>

#include "cupel/backend.hpp"
#include "cupel/host_device.hpp"
#include "cupel/math/expression.hpp"
#include "cupel/math/float_bits.hpp"
#include "cupel/math/libm_log1p.hpp"

// What the rank test ranks, as integers (cell-eval.md 2.2).
namespace cupel::math {

// Integers that order finite values as the values themselves: equal exactly when the values are
// equal, 0 for zero of either sign, the value's own bits where it is positive.
CUPEL_HOST_DEVICE inline std::int32_t rank_key(float value) {
  const auto bits = static_cast<std::int32_t>(bits_of(value + 0.0F));  // -0 becomes 0
  return bits ^ ((bits >> 31) & 0x7fffffff);
}
CUPEL_HOST_DEVICE inline std::int64_t rank_key(double value) {
  const auto bits = static_cast<std::int64_t>(bits_of(value + 0.0));
  return bits ^ ((bits >> 63) & 0x7fffffffffffffff);
}
// The value whose key this is.
CUPEL_HOST_DEVICE inline double value_of(std::int64_t key) {
  return from_bits(static_cast<std::uint64_t>(key >= 0 ? key : key ^ 0x7fffffffffffffff));
}

// What the rank test ranks.
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
  CUPEL_HOST_DEVICE CellKeys(const RankRule& rule, double total)
      : divisor(count_divisor(total, rule.linear.target_sum)),
        rescaled(rule.linear.renormalise && total != 0.0 ? rule.linear.target_sum / total : 1.0),
        scale(count_scale_f32(total, rule.linear.target_sum)),
        counts(rule.linear.input == InputType::kCounts),
        as_stored(rule.values == RankValues::kF64Log1p) {}

  template <typename Value>
  [[nodiscard]] CUPEL_HOST_DEVICE Key of_count(Value value) const {
    if constexpr (std::is_same_v<Key, std::int32_t>) {
      return rank_key(linear_count_f32(static_cast<float>(value), scale));
    } else {
      return rank_key(libm_log1p(linear_count(static_cast<double>(value), divisor)));
    }
  }
  // expm1 of a lognorm value that is stored as Value.
  template <typename Value>
  [[nodiscard]] CUPEL_HOST_DEVICE std::int32_t of_expm1(double linear) const {
    if constexpr (std::is_same_v<Value, float>) linear = double{static_cast<float>(linear)};
    return rank_key(static_cast<float>(linear * rescaled));
  }
  template <typename Value>
  [[nodiscard]] CUPEL_HOST_DEVICE Key of_stored(Value value) const {
    using Ranked = std::conditional_t<std::is_same_v<Key, std::int32_t>, float, double>;
    return rank_key(static_cast<Ranked>(value));
  }
  template <typename Value>
  [[nodiscard]] CUPEL_HOST_DEVICE Key of(Value value) const {
    if (counts) return of_count(value);
    if (as_stored) return of_stored(value);
    return static_cast<Key>(of_expm1<Value>(expm1(static_cast<double>(value))));
  }

  double divisor;
  double rescaled;  // times linear expression of lognorm input
  float scale;
  bool counts;
  bool as_stored;
};

}  // namespace cupel::math
