// The number that stands for "no number".
#pragma once

#include <limits>

namespace cupel {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace cupel
