#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace cupel {

// SHA-256 (FIPS 180-4) of what is added, in order.
class Sha256 {
 public:
  void add(std::string_view text);
  // 64 hexadecimal digits, of what was added so far.
  [[nodiscard]] std::string hex() const;

 private:
  void compress();

  std::array<std::uint32_t, 8> state_{0x6a09e667U, 0xbb67ae85U, 0x3c6ef372U, 0xa54ff53aU,
                                      0x510e527fU, 0x9b05688cU, 0x1f83d9abU, 0x5be0cd19U};
  std::array<std::uint8_t, 64> block_{};
  std::size_t filled_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace cupel
