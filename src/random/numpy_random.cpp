#include "random/numpy_random.hpp"

#include <array>
#include <bit>
#include <limits>
#include <utility>

namespace cupel {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();

// M. E. O'Neill's seed_seq_fe with a pool of four words, as numpy has it.
class SeedSequence {
 public:
  explicit SeedSequence(std::uint64_t seed) {
    const std::array<std::uint32_t, 4> entropy = {static_cast<std::uint32_t>(seed),
                                                  static_cast<std::uint32_t>(seed >> 32), 0, 0};
    std::uint32_t multiplier = 0x43B0D7E5U;
    const auto hash = [&multiplier](std::uint32_t value) {
      value ^= multiplier;
      multiplier *= 0x931E8875U;
      value *= multiplier;
      return value ^ (value >> 16);
    };
    for (std::size_t i = 0; i < pool_.size(); ++i) pool_[i] = hash(entropy[i]);
    for (std::size_t from = 0; from < pool_.size(); ++from) {
      for (std::size_t to = 0; to < pool_.size(); ++to) {
        if (from != to) pool_[to] = mix(pool_[to], hash(pool_[from]));
      }
    }
  }

  [[nodiscard]] std::vector<std::uint32_t> generate(std::size_t n) const {
    std::vector<std::uint32_t> state(n);
    std::uint32_t multiplier = 0x8B51F9DDU;
    for (std::size_t i = 0; i < n; ++i) {
      std::uint32_t value = pool_[i % pool_.size()] ^ multiplier;
      multiplier *= 0x58F38DEDU;
      value *= multiplier;
      state[i] = value ^ (value >> 16);
    }
    return state;
  }

 private:
  static std::uint32_t mix(std::uint32_t a, std::uint32_t b) {
    const std::uint32_t value = 0xCA01F9DDU * a - 0x4973F715U * b;
    return value ^ (value >> 16);
  }

  std::array<std::uint32_t, 4> pool_{};
};

constexpr Wide wide(std::uint64_t high, std::uint64_t low) { return (Wide{high} << 64) | low; }

constexpr Wide kMultiplier = wide(2549297995355413924ULL, 4865540595714422341ULL);

}  // namespace

std::vector<std::uint32_t> seed_sequence_state(std::uint64_t seed, std::size_t n) {
  return SeedSequence(seed).generate(n);
}

NumpyRandom::NumpyRandom(std::uint64_t seed) {
  const auto words = seed_sequence_state(seed, 8);
  const auto word = [&](std::size_t i) {
    return std::uint64_t{words[2 * i]} | (std::uint64_t{words[2 * i + 1]} << 32);
  };
  increment_ = (wide(word(2), word(3)) << 1) | 1;
  state_ = increment_ + wide(word(0), word(1));
  state_ = state_ * kMultiplier + increment_;
}

std::uint64_t NumpyRandom::next_u64() {
  state_ = state_ * kMultiplier + increment_;
  const auto high = static_cast<std::uint64_t>(state_ >> 64);
  const auto low = static_cast<std::uint64_t>(state_);
  return std::rotr(high ^ low, static_cast<int>(high >> 58));
}

std::uint32_t NumpyRandom::next_u32() {
  if (has_half_) {
    has_half_ = false;
    return half_;
  }
  const std::uint64_t whole = next_u64();
  has_half_ = true;
  half_ = static_cast<std::uint32_t>(whole >> 32);
  return static_cast<std::uint32_t>(whole);
}

std::uint64_t NumpyRandom::below(std::uint64_t n) {
  if (n <= 1) return 0;  // draws nothing
  if (n - 1 == kMax32) return next_u32();
  if (n - 1 < kMax32) {
    const auto bound = static_cast<std::uint32_t>(n);
    std::uint64_t product = std::uint64_t{next_u32()} * bound;
    if (static_cast<std::uint32_t>(product) < bound) {
      const std::uint32_t threshold = (0U - bound) % bound;
      while (static_cast<std::uint32_t>(product) < threshold) {
        product = std::uint64_t{next_u32()} * bound;
      }
    }
    return product >> 32;
  }
  Wide product = Wide{next_u64()} * n;
  if (static_cast<std::uint64_t>(product) < n) {
    const std::uint64_t threshold = (0ULL - n) % n;
    while (static_cast<std::uint64_t>(product) < threshold) product = Wide{next_u64()} * n;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t NumpyRandom::at_most(std::uint64_t greatest) {
  const std::uint64_t mask = std::bit_ceil(greatest + 1) - 1;
  std::uint64_t value = 0;
  do {
    value = (greatest <= kMax32 ? next_u32() : next_u64()) & mask;
  } while (value > greatest);
  return value;
}

void NumpyRandom::permute(std::span<std::int64_t> values) {
  for (std::size_t last = values.size(); last-- > 1;) {
    std::swap(values[last], values[at_most(last)]);
  }
}

}  // namespace cupel
