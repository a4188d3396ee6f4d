#pragma once
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <numbers>

namespace cupel::simulate {

// SplitMix64 (Steele, Lea and Flood 2014) read at any position: number i of the stream `key` is
// mix(key + i · kStep). Position, not history, decides each number, so cells can be drawn in any
// order on any thread.
inline constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;

constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// What a stream's numbers are for; part of its key, so no two uses share numbers.
enum class Purpose : std::uint64_t {
  kBaseline,
  kContextBaseline,
  kTargets,
  kEffects,
  kContextEffects,
  kCorruption,
  kLabels,
  kLibrary,
  kCounts,
  kDenseNoise,
};

constexpr std::uint64_t stream_key(std::uint64_t seed, Purpose purpose,
                                   std::initializer_list<std::int64_t> position = {}) {
  std::uint64_t key = mix(mix(seed + kStep) + static_cast<std::uint64_t>(purpose) * kStep);
  for (const std::int64_t part : position)
    key = mix(key + kStep + static_cast<std::uint64_t>(part));
  return key;
}

// One stream read from its start.
class Random {
 public:
  explicit Random(std::uint64_t key) : state_(key) {}

  std::uint64_t next() { return mix(state_ += kStep); }
  // In (0, 1).
  double uniform() { return (static_cast<double>(next() >> 11) + 0.5) * 0x1p-53; }
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }
  // In [0, n). The bias of a product is below n / 2^53.
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(uniform() * static_cast<double>(n));
  }

 private:
  std::uint64_t state_;
};

}  // namespace cupel::simulate
