#pragma once
#include <array>
#include <cstdint>
#include <span>

// MT19937 with 32-bit outputs (Matsumoto and Nishimura, 1998): the generator under numpy's legacy
// RandomState and under Python's `random`, which published splits were drawn from.
namespace cupel {

class MersenneTwister {
 public:
  // init_genrand: how RandomState(seed) begins.
  explicit MersenneTwister(std::uint32_t seed);
  // init_by_array: how random.Random(seed) begins. `key` is not empty.
  explicit MersenneTwister(std::span<const std::uint32_t> key);

  [[nodiscard]] std::uint32_t next_u32();

 private:
  static constexpr std::size_t kWords = 624;
  void refill();

  std::array<std::uint32_t, kWords> state_{};
  std::size_t at_ = kWords;
};

}  // namespace cupel
