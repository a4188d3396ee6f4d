#include "random/python_random.hpp"

#include <array>
#include <bit>
#include <numeric>
#include <unordered_set>
#include <utility>

namespace cupel {
namespace {

// The seed's digits in base 2^32, least first; 0 has one.
MersenneTwister seeded(std::uint64_t seed) {
  const std::array<std::uint32_t, 2> digits{static_cast<std::uint32_t>(seed),
                                            static_cast<std::uint32_t>(seed >> 32)};
  return MersenneTwister(std::span(digits).first(digits[1] == 0 ? 1 : 2));
}

// Up to this many items a list is smaller than a set of the k drawn. 3k is never a power of 4, so
// whole numbers say what Python's logarithm says.
std::int64_t pool_limit(std::int64_t k) {
  std::int64_t limit = 21;
  if (k <= 5) return limit;
  std::int64_t power = 1;
  while (power < 3 * k) power *= 4;
  return limit + power;
}

}  // namespace

PythonRandom::PythonRandom(std::uint64_t seed) : twister_(seeded(seed)) {}

std::uint32_t PythonRandom::below(std::uint32_t n) {
  const int drop = std::countl_zero(n);
  std::uint32_t drawn = 0;
  do {
    drawn = twister_.next_u32() >> drop;
  } while (drawn >= n);
  return drawn;
}

std::vector<std::int64_t> PythonRandom::sample(std::int64_t n, std::int64_t k) {
  std::vector<std::int64_t> drawn;
  if (n <= pool_limit(k)) {
    std::vector<std::int64_t> pool(static_cast<std::size_t>(n));
    std::iota(pool.begin(), pool.end(), 0);
    for (std::int64_t i = 0; i < k; ++i) {
      auto& place = pool[below(static_cast<std::uint32_t>(n - i))];
      drawn.push_back(std::exchange(place, pool[static_cast<std::size_t>(n - i - 1)]));
    }
    return drawn;
  }
  std::unordered_set<std::int64_t> taken;
  while (std::ssize(drawn) < k) {
    const std::int64_t place = below(static_cast<std::uint32_t>(n));
    if (taken.insert(place).second) drawn.push_back(place);
  }
  return drawn;
}

void PythonRandom::shuffle(std::span<std::int64_t> values) {
  for (std::size_t last = values.size(); last-- > 1;) {
    std::swap(values[last], values[below(static_cast<std::uint32_t>(last) + 1)]);
  }
}

}  // namespace cupel
