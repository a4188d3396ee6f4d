#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace cupel {

// Reorders `order`, a list of positions in `keys`, by ascending key; equal keys keep their order.
// Keys must not be NaN. Sorting by a lesser key first and by a greater key next sorts by both.
void stable_order(std::span<const double> keys, std::vector<std::int32_t>& order);

// 0, 1, ..., n - 1.
[[nodiscard]] std::vector<std::int32_t> positions(std::size_t n);

}  // namespace cupel
