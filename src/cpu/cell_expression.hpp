#pragma once
#include <cstdint>
#include <type_traits>

#include "cupel/backend.hpp"
#include "cupel/math/expm1.hpp"
#include "cupel/math/expression.hpp"
#include "cupel/math/log1p.hpp"
#include "cupel/multiversion.hpp"

namespace cupel {

// How the values of one cell become linear and log expression.
struct CellExpression {
  CellExpression(const Linear& how, double total)
      : lognorm(how.input == InputType::kLognorm),
        float32(how.float32),
        divisor(math::count_divisor(total, how.target_sum)),
        scale(math::count_scale_f32(total, how.target_sum)),
        rescaled(how.renormalise && total != 0.0 ? how.target_sum / total : 1.0) {}
  bool lognorm;
  bool float32;
  double divisor;
  float scale;
  double rescaled;  // times linear expression of lognorm input
};

// Of n values of one cell: stored, linear and, where `log` is not null, log expression in double.
// Plain loops, one per kind of input, that vectorise.
template <typename Value>
CUPEL_MULTIVERSION void express(const CellExpression& cell, const Value* values, std::int64_t n,
                                double* stored, double* linear, double* log) {
  for (std::int64_t k = 0; k < n; ++k) stored[k] = static_cast<double>(values[k]);
  if (cell.lognorm) {
    for (std::int64_t k = 0; k < n; ++k) linear[k] = math::linear_lognorm(stored[k]);
    if constexpr (std::is_same_v<Value, float>) {  // GCC vectorises no expm1 with a conversion
      for (std::int64_t k = 0; k < n; ++k) {
        linear[k] = static_cast<double>(static_cast<float>(linear[k]));
      }
    }
    if (cell.rescaled != 1.0) {
      for (std::int64_t k = 0; k < n; ++k) linear[k] *= cell.rescaled;
    }
    if (log == nullptr) return;
    for (std::int64_t k = 0; k < n; ++k) log[k] = stored[k];
    return;
  }
  if (cell.float32) {
    for (std::int64_t k = 0; k < n; ++k) {
      linear[k] =
          static_cast<double>(math::linear_count_f32(static_cast<float>(values[k]), cell.scale));
    }
  } else {
    for (std::int64_t k = 0; k < n; ++k) linear[k] = math::linear_count(stored[k], cell.divisor);
  }
  if (log == nullptr) return;
  for (std::int64_t k = 0; k < n; ++k) log[k] = math::log1p(linear[k]);
}

}  // namespace cupel
