#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/hdf5/raw_file.hpp"

namespace cupel::io {

constexpr std::uint64_t kUndefinedAddress = ~std::uint64_t{0};

// Thrown by our own reading of the format where a file uses a feature that we do not know, and
// caught where libhdf5 takes over. Anything that cannot be right is `damaged` instead.
struct NeedsLibrary {};

// The format's numbers are little-endian whatever the machine.
template <typename Unsigned>
[[nodiscard]] Unsigned little_endian(const std::byte* at, std::size_t bytes = sizeof(Unsigned)) {
  Unsigned value = 0;
  for (std::size_t k = 0; k < bytes; ++k) {
    value = static_cast<Unsigned>(value | static_cast<Unsigned>(at[k]) << (8 * k));
  }
  return value;
}

// Reads the fields of a structure one behind the other. Throws `damaged` past the end.
class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, const Where& where)
      : bytes_(bytes), where_(&where) {}

  [[nodiscard]] std::size_t position() const noexcept { return position_; }
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size() - position_; }

  std::uint64_t number(std::size_t bytes) {
    return little_endian<std::uint64_t>(take(bytes).data(), bytes);
  }
  std::span<const std::byte> take(std::size_t bytes) {
    if (bytes > left()) fail();
    position_ += bytes;
    return bytes_.subspan(position_ - bytes, bytes);
  }
  void skip(std::size_t bytes) { (void)take(bytes); }
  // Up to a zero byte, which has to come; the field may be padded to a multiple of `unit` behind
  // it.
  std::string text(std::size_t unit = 1) {
    std::string out;
    for (;;) {
      const auto c = static_cast<char>(number(1));
      if (c == '\0') break;
      out.push_back(c);
    }
    const std::size_t whole = out.size() + 1;
    skip((whole + unit - 1) / unit * unit - whole);
    return out;
  }
  [[noreturn]] void fail() const { throw damaged(*where_, "its header cannot be read"); }

 private:
  std::span<const std::byte> bytes_;
  const Where* where_;
  std::size_t position_ = 0;
};

// The bytes at an address of the file. Throws `damaged` if they are not all there.
[[nodiscard]] inline std::vector<std::byte> read_block(const RawFile& file, std::uint64_t address,
                                                       std::uint64_t size, const Where& where) {
  const auto end = static_cast<std::uint64_t>(file.end());
  if (address > end || size > end - address) {
    throw damaged(where, "its header reaches past the end of the file");
  }
  std::vector<std::byte> bytes(size);
  if (!file.read(static_cast<std::int64_t>(address), static_cast<std::int64_t>(size),
                 bytes.data())) {
    throw damaged(where, "its header cannot be read");
  }
  return bytes;
}

}  // namespace cupel::io
