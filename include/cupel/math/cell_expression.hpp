#pragma once
#include <type_traits>

#include "cupel/backend.hpp"
#include "cupel/math/expression.hpp"
#include "cupel/math/log1p.hpp"

namespace cupel::math {

// How the values of one cell become linear and log expression; Linear says what that is.
struct CellExpression {
  bool lognorm;
  bool float32;
  float scale;
  double divisor;
  double rescaled;  // times linear expression of lognorm input
};

CUPEL_HOST_DEVICE inline CellExpression cell_expression(const Linear& how, double total) {
  return {how.input == InputType::kLognorm, how.float32, count_scale_f32(total, how.target_sum),
          count_divisor(total, how.target_sum),
          how.renormalise && total != 0.0 ? how.target_sum / total : 1.0};
}

// One value at a time; src/cpu/cell_expression.hpp does the same to many, with the same bits.
template <typename Value>
CUPEL_HOST_DEVICE double linear_of(const CellExpression& cell, Value value) {
  if (cell.lognorm) {
    using Stored = std::conditional_t<std::is_same_v<Value, float>, float, double>;
    return static_cast<double>(linear_lognorm(static_cast<Stored>(value))) * cell.rescaled;
  }
  if (cell.float32) {
    return static_cast<double>(linear_count_f32(static_cast<float>(value), cell.scale));
  }
  return linear_count(static_cast<double>(value), cell.divisor);
}
template <typename Value>
CUPEL_HOST_DEVICE double log_of(const CellExpression& cell, Value value, double linear) {
  return cell.lognorm ? static_cast<double>(value) : log1p(linear);
}

}  // namespace cupel::math
