#pragma once
#include <cstdint>
#include <span>

namespace cupel {

// Sorts ascending. `scratch` is at least as long as `keys`.
void sort_keys(std::span<std::int32_t> keys, std::span<std::int32_t> scratch);
void sort_keys(std::span<std::int64_t> keys, std::span<std::int64_t> scratch);

}  // namespace cupel
