#include "support/lzf_encode.hpp"

#include <algorithm>

namespace cupel::test {

std::vector<std::uint8_t> lzf_encode(std::span<const std::uint8_t> in) {
  constexpr std::size_t kFarthest = 8192;
  constexpr std::size_t kLongest = 264;
  std::vector<std::uint8_t> out;
  std::vector<std::uint8_t> literals;
  const auto flush = [&] {
    if (literals.empty()) return;
    out.push_back(static_cast<std::uint8_t>(literals.size() - 1));
    out.insert(out.end(), literals.begin(), literals.end());
    literals.clear();
  };
  for (std::size_t at = 0; at < in.size();) {
    std::size_t length = 0;
    std::size_t distance = 0;
    for (std::size_t back = 1; back <= std::min(at, kFarthest); ++back) {
      std::size_t same = 0;
      while (same < kLongest && at + same < in.size() && in[at + same - back] == in[at + same]) {
        ++same;
      }
      if (same > length) {
        length = same;
        distance = back;
      }
    }
    if (length < 3) {
      literals.push_back(in[at++]);
      if (literals.size() == 32) flush();
      continue;
    }
    flush();
    const std::size_t offset = distance - 1;
    const std::size_t code = length - 2;
    out.push_back(static_cast<std::uint8_t>(std::min<std::size_t>(code, 7) << 5 | offset >> 8));
    if (code >= 7) out.push_back(static_cast<std::uint8_t>(code - 7));
    out.push_back(static_cast<std::uint8_t>(offset));
    at += length;
  }
  flush();
  return out;
}

}  // namespace cupel::test
