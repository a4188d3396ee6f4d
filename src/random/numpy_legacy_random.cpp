#include "random/numpy_legacy_random.hpp"

#include <bit>
#include <numeric>
#include <utility>

namespace cupel {

void NumpyLegacyRandom::shuffle(std::span<std::int64_t> values) {
  for (std::size_t last = values.size(); last-- > 1;) {
    const auto greatest = static_cast<std::uint32_t>(last);
    const std::uint32_t mask = std::bit_ceil(greatest + 1) - 1;
    std::uint32_t drawn = 0;
    do {
      drawn = next_u32() & mask;
    } while (drawn > greatest);
    std::swap(values[last], values[drawn]);
  }
}

std::vector<std::int64_t> NumpyLegacyRandom::choice(std::int64_t n, std::int64_t size) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  shuffle(all);
  all.resize(static_cast<std::size_t>(size));
  return all;
}

}  // namespace cupel
