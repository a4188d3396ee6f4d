#pragma once
#include <cstdint>

namespace cupel {

// Of eight sums that are put together in one order.
[[nodiscard]] double dot(const double* a, const double* b, std::int64_t n);

}  // namespace cupel
