#include "io/lzf.hpp"

#include <cstring>

namespace cupel::io {
std::ptrdiff_t lzf_decompress(std::span<const std::uint8_t> in,
                              std::span<std::uint8_t> out) noexcept {
  const std::uint8_t* from = in.data();
  const std::uint8_t* const from_end = from + in.size();
  std::uint8_t* to = out.data();
  std::uint8_t* const to_end = to + out.size();
  while (from < from_end) {
    const std::size_t control = *from++;
    if (control < 32) {  // control + 1 bytes as they are
      const std::size_t length = control + 1;
      if (static_cast<std::size_t>(from_end - from) < length) return -1;
      if (static_cast<std::size_t>(to_end - to) < length) return -1;
      std::memcpy(to, from, length);
      from += length;
      to += length;
      continue;
    }
    // A copy of earlier output: 3 bits of length (7: one more byte), 13 bits of distance.
    std::size_t length = control >> 5;
    if (length == 7) {
      if (from == from_end) return -1;
      length += *from++;
    }
    length += 2;
    if (from == from_end) return -1;
    const std::size_t distance = ((control & 31) << 8) + *from++ + 1;
    if (static_cast<std::size_t>(to - out.data()) < distance) return -1;
    if (static_cast<std::size_t>(to_end - to) < length) return -1;
    const std::uint8_t* copy = to - distance;
    if (distance >= length) {
      std::memcpy(to, copy, length);
      to += length;
    } else {
      for (std::size_t k = 0; k < length; ++k) *to++ = *copy++;  // overlapping on purpose
    }
  }
  return to - out.data();
}

}  // namespace cupel::io
