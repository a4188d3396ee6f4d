#pragma once
#include <cmath>
#include <cstdint>

#include "cupel/backend.hpp"
#include "cupel/math/rank_key.hpp"

namespace cupel::math {

// Whole numbers that order any values as ValueOrder says, the first the smallest: equal exactly
// when the values are.
CUPEL_HOST_DEVICE inline std::uint64_t order_key(double value, const ValueOrder& order) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  constexpr std::uint64_t kNaN = ~kSign;  // above the key of infinity
  if (order.float32) value = static_cast<double>(static_cast<float>(value));
  if (order.absolute) value = std::fabs(value);
  const std::uint64_t key = value != value ? kNaN : static_cast<std::uint64_t>(rank_key(value));
  const std::uint64_t ascending = key ^ kSign;  // signed order becomes unsigned order
  return order.largest_first ? ~ascending : ascending;
}

}  // namespace cupel::math
