#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "cupel/backend.hpp"

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
class CellKeys {
 public:
  CellKeys(const Linear& linear, double total) : input_(linear.input) {
    if (input_ != InputType::kCounts || total == 0.0) return;
    divisor_ = total / linear.target_sum;
    scale_ = static_cast<float>(linear.target_sum / total);
  }

  template <typename Value>
  [[nodiscard]] Key operator()(Value value) const {
    if constexpr (std::is_same_v<Key, std::int32_t>) {
      return rank_key(linear(value));
    } else {
      const auto stored = static_cast<double>(value);
      return rank_key(input_ == InputType::kCounts ? std::log1p(stored / divisor_) : stored);
    }
  }

 private:
  template <typename Value>
  [[nodiscard]] float linear(Value value) const {
    if (input_ == InputType::kCounts) return static_cast<float>(value) * scale_;
    if constexpr (std::is_same_v<Value, float>) return std::expm1(value);
    return static_cast<float>(std::expm1(static_cast<double>(value)));
  }

  InputType input_;
  double divisor_ = 1.0;  // a cell without counts stays as it is
  float scale_ = 1.0F;
};

}  // namespace cupel
