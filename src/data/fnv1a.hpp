#pragma once
#include <cstdint>
#include <string_view>

namespace cupel {

// FNV-1a of 64 bits: tells texts apart that differ by accident, not by malice. `hash` goes on with
// an earlier text's.
inline constexpr std::uint64_t kFnvStart = 0xCBF29CE484222325ULL;
[[nodiscard]] constexpr std::uint64_t fnv1a(std::string_view text,
                                            std::uint64_t hash = kFnvStart) noexcept {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

}  // namespace cupel
