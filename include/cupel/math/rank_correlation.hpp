#pragma once
#include <cmath>
#include <cstdint>

#include "cupel/host_device.hpp"
#include "cupel/math/float_bits.hpp"

namespace cupel::math {

// Twice the mean rank, from 1, of equal values at the places [begin, end): a whole number.
CUPEL_HOST_DEVICE constexpr std::int64_t twice_mean_rank(std::int64_t begin, std::int64_t end) {
  return begin + 1 + end;
}

// Sums of products of n ranks about their mean, in whole numbers: equal orders give exactly 1.
// Exact up to two million ranks.
struct RankProducts {
  std::int64_t ab = 0;
  std::int64_t aa = 0;
  std::int64_t bb = 0;

  CUPEL_HOST_DEVICE constexpr void add(std::int64_t twice_rank_a, std::int64_t twice_rank_b,
                                       std::int64_t n) {
    const std::int64_t a = twice_rank_a - (n + 1);
    const std::int64_t b = twice_rank_b - (n + 1);
    ab += a * b;
    aa += a * a;
    bb += b * b;
  }
  // NaN for fewer than two ranks or when a side does not vary.
  [[nodiscard]] CUPEL_HOST_DEVICE double correlation(std::int64_t n) const {
    if (n < 2 || aa == 0 || bb == 0) return quiet_nan();
    return static_cast<double>(ab) / std::sqrt(static_cast<double>(aa) * static_cast<double>(bb));
  }
};

}  // namespace cupel::math
