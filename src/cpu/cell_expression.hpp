#pragma once
#include <cstdint>
#include <type_traits>

#include "cupel/math/cell_expression.hpp"
#include "cupel/multiversion.hpp"

namespace cupel {

using math::CellExpression;

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
