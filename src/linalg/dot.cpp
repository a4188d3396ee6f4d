#include "linalg/dot.hpp"

#include "cupel/multiversion.hpp"

namespace cupel {

CUPEL_MULTIVERSION double dot(const double* a, const double* b, std::int64_t n) {
  constexpr std::int64_t kLanes = 8;
  double sum[kLanes] = {};
  std::int64_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) sum[lane] += a[k + lane] * b[k + lane];
  }
  for (; k < n; ++k) sum[0] += a[k] * b[k];
  return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

}  // namespace cupel
