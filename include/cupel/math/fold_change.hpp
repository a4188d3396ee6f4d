#pragma once
#include <cmath>

#include "cupel/host_device.hpp"

namespace cupel::math {

// log2((a + epsilon) / (b + epsilon)); with clip > 0 a ratio of a or b to zero is clip or 1 / clip
// instead. Nothing against nothing is no change in either form (cell-eval.md 2.3).
CUPEL_HOST_DEVICE inline double log2_fold_change(double a, double b, double epsilon, double clip) {
  if (clip > 0.0) {
    if (std::isnan(a) || std::isnan(b)) return a + b;
    if (b == 0.0) return a == 0.0 ? 0.0 : std::log2(clip);
    return a == 0.0 ? std::log2(1.0 / clip) : std::log2(a / b);
  }
  const double numerator = a + epsilon;
  const double denominator = b + epsilon;
  if (numerator == 0.0 && denominator == 0.0) return 0.0;
  return std::log2(numerator / denominator);
}

}  // namespace cupel::math
