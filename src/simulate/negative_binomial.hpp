#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace cupel::simulate {

// Counts are gamma-Poisson: mean mu, variance mu + kDispersion · mu².
inline constexpr double kDispersion = 0.25;

inline constexpr std::size_t kLanes = 8;

// counts[i] is drawn with mean `scale` · profile[i] from number i of the stream `key`. The sizes
// are equal and a multiple of kLanes. Fast when neighbours have similar means.
void draw_counts(std::uint64_t key, double scale, std::span<const double> profile,
                 std::span<std::uint32_t> counts);

}  // namespace cupel::simulate
