#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "random/mersenne_twister.hpp"

namespace cupel {

// Python's random.Random(seed) for an int seed, bit for bit (CPython 3.9 and later).
class PythonRandom {
 public:
  explicit PythonRandom(std::uint64_t seed);

  // randrange(n): top bits, rejected where too great. 0 < n < 2^32.
  [[nodiscard]] std::uint32_t below(std::uint32_t n);
  // sample(range(n), k): from a pool where n is small beside k, else by a set. k <= n.
  [[nodiscard]] std::vector<std::int64_t> sample(std::int64_t n, std::int64_t k);
  // shuffle(values): Fisher-Yates from the end.
  void shuffle(std::span<std::int64_t> values);

 private:
  MersenneTwister twister_;
};

}  // namespace cupel
