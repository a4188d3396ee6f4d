#pragma once
#include "cupel/host_device.hpp"
#include "cupel/math/log1p.hpp"

namespace cupel::math {

// What a group's sums are multiplied by before log1p; a group without counts stays zero. The ratio
// is formed first, as the reference does it, so that the last bit agrees (cell-eval.md 1.5).
CUPEL_HOST_DEVICE inline double bulk_scale(double total, double target_sum) {
  return total == 0.0 ? 0.0 : target_sum / total;
}

CUPEL_HOST_DEVICE inline double bulk_lognorm(double sum, double scale) {
  return log1p(sum * scale);
}

}  // namespace cupel::math
