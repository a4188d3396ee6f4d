#pragma once
#include <cstdint>

namespace cupel {

// Sum of term(0) .. term(n - 1) in eight running sums, term k in sum k % 8, added up in a fixed
// order: vectors of any width give the same bits, and rounding errors grow an eighth as fast.
template <typename Term>
inline double lane_sum(std::int64_t n, Term term) {
  constexpr std::int64_t kLanes = 8;
  double sum[kLanes] = {};
  std::int64_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) sum[lane] += term(k + lane);
  }
  for (std::int64_t lane = 0; k + lane < n; ++lane) sum[lane] += term(k + lane);
  return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

}  // namespace cupel
