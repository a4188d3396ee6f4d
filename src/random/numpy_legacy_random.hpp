#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "random/mersenne_twister.hpp"

namespace cupel {

// numpy.random.RandomState(seed), and numpy.random after seed(seed), bit for bit: what GEARS and
// its descendants draw their splits from. Not default_rng (numpy_random.hpp).
class NumpyLegacyRandom {
 public:
  explicit NumpyLegacyRandom(std::uint32_t seed) : twister_(seed) {}

  [[nodiscard]] std::uint32_t next_u32() { return twister_.next_u32(); }
  // shuffle(values): Fisher-Yates from the end, masked rejection.
  void shuffle(std::span<std::int64_t> values);
  // choice(n, size, replace=False): the first `size` of a permutation of 0 .. n - 1. size <= n.
  [[nodiscard]] std::vector<std::int64_t> choice(std::int64_t n, std::int64_t size);

 private:
  MersenneTwister twister_;
};

}  // namespace cupel
