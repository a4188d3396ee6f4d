#pragma once
#include <cstdint>

#include "cupel/backend.hpp"

namespace cupel {

// The distance of two profiles of n genes as math/profile_distance.hpp defines it, gene `excluded`
// (or none, at -1) left out. NaN where a NaN enters; profiles with infinities are taken in double.
[[nodiscard]] double exact_distance(const double* a, const double* b, std::int64_t n,
                                    std::int64_t excluded, ProfileDistance distance);

}  // namespace cupel
