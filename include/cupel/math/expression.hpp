#pragma once
#include "cupel/host_device.hpp"
#include "cupel/math/expm1.hpp"

// From a stored value to linear expression (cell-eval.md 1.4, 2.2).
namespace cupel::math {

// What a cell's counts are divided by; a cell without counts stays as it is.
CUPEL_HOST_DEVICE inline double count_divisor(double total, double target_sum) {
  return total == 0.0 ? 1.0 : total / target_sum;
}

CUPEL_HOST_DEVICE inline double linear_count(double count, double divisor) {
  return count / divisor;
}

// The same in one float multiply, as the GPU reference does it.
CUPEL_HOST_DEVICE inline float count_scale_f32(double total, double target_sum) {
  return total == 0.0 ? 1.0F : static_cast<float>(target_sum / total);
}

CUPEL_HOST_DEVICE inline float linear_count_f32(float count, float scale) { return count * scale; }

// Undoes log1p in the precision in which the value is stored; the float form is rounded from the
// double one.
CUPEL_HOST_DEVICE inline double linear_lognorm(double stored) { return expm1(stored); }
CUPEL_HOST_DEVICE inline float linear_lognorm(float stored) {
  return static_cast<float>(expm1(static_cast<double>(stored)));
}

}  // namespace cupel::math
