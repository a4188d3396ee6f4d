#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace cupel::io {

// Text of a fixed width: up to the first zero byte, without trailing spaces if it is padded by
// them.
[[nodiscard]] inline std::string fixed_text(const std::byte* bytes, std::int64_t width,
                                            bool is_padded_by_spaces) {
  const auto* text = reinterpret_cast<const char*>(bytes);
  std::size_t length = strnlen(text, static_cast<std::size_t>(width));
  while (is_padded_by_spaces && length > 0 && text[length - 1] == ' ') --length;
  return {text, length};
}

}  // namespace cupel::io
