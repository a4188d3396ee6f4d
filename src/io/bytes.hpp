#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace cupel::io {

// The format's numbers are little-endian whatever the machine.
template <typename Unsigned>
[[nodiscard]] Unsigned little_endian(const std::byte* at, std::size_t bytes = sizeof(Unsigned)) {
  Unsigned value = 0;
  for (std::size_t k = 0; k < bytes; ++k) {
    value = static_cast<Unsigned>(value | static_cast<Unsigned>(at[k]) << (8 * k));
  }
  return value;
}

// Reads fields one behind the other and never past the end: what is not there reads as zero, and
// `ok` tells.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::size_t position() const noexcept { return position_; }
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size() - position_; }

  std::uint64_t number(std::size_t bytes) {
    const auto field = take(bytes);
    return field.empty() ? 0 : little_endian<std::uint64_t>(field.data(), bytes);
  }
  std::span<const std::byte> take(std::size_t bytes) {
    if (bytes > left()) {
      ok_ = false;
      return {};
    }
    position_ += bytes;
    return bytes_.subspan(position_ - bytes, bytes);
  }
  void skip(std::size_t bytes) { (void)take(bytes); }

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace cupel::io
