#pragma once
#include <bit>
#include <cstdint>

namespace cupel {

// One entry's share of its row's key. Shares are added, so the order of entries does not matter,
// and the value is taken as a double, so the stored type does not matter either.
[[nodiscard]] inline std::uint64_t entry_key(std::uint32_t gene, double value) noexcept {
  std::uint64_t x = std::bit_cast<std::uint64_t>(value) ^ (gene * 0x9E3779B97F4A7C15ULL);
  x ^= x >> 32;
  x *= 0xD6E8FEB86659FD93ULL;
  x ^= x >> 32;
  x *= 0xD6E8FEB86659FD93ULL;
  return x ^ (x >> 32);
}

}  // namespace cupel
