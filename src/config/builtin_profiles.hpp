#pragma once
#include <span>
#include <string_view>

namespace cupel {

// One file of configs/profiles/, carried in the binary.
struct BuiltinProfile {
  std::string_view name;  // the file's stem
  std::string_view toml;
};

// Sorted by name.
[[nodiscard]] std::span<const BuiltinProfile> builtin_profiles() noexcept;

}  // namespace cupel
