#pragma once
#include <cstdint>

namespace cupel {

// P(Z <= z) of a standard normal.
[[nodiscard]] double normal_cdf(double z);

// Its inverse, to the last few bits; -inf at 0, +inf at 1, NaN outside of [0, 1].
[[nodiscard]] double normal_quantile(double p);

// P(T <= t) of Student's t with `freedom` >= 1 degrees: the finite sums of Abramowitz and Stegun
// 26.7.3 and 26.7.4.
[[nodiscard]] double student_cdf(double t, std::int64_t freedom);

// Its inverse for 0 < p < 1.
[[nodiscard]] double student_quantile(double p, std::int64_t freedom);

}  // namespace cupel
