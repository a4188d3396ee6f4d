#pragma once
#include <cstdint>
#include <span>
#include <vector>

// numpy's random streams, bit for bit: splits and baselines of the reference scorer are drawn from
// them, so its numbers cannot be had otherwise.
namespace cupel {

// numpy.random.SeedSequence(seed).generate_state(n).
[[nodiscard]] std::vector<std::uint32_t> seed_sequence_state(std::uint64_t seed, std::size_t n);

// numpy.random.default_rng(seed): PCG64 (XSL-RR) and the bounded draws of Generator.
class NumpyRandom {
 public:
  explicit NumpyRandom(std::uint64_t seed);

  [[nodiscard]] std::uint64_t next_u64();
  // Half of a 64-bit draw; the other half waits for the next call, whatever is drawn in between.
  [[nodiscard]] std::uint32_t next_u32();

  // integers(0, n): Lemire's multiplication. n > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t n);
  // permutation(values): Fisher-Yates from the end, masked rejection.
  void permute(std::span<std::int64_t> values);

 private:
  __extension__ using Word = unsigned __int128;

  [[nodiscard]] std::uint64_t at_most(std::uint64_t greatest);

  Word state_ = 0;
  Word increment_ = 0;
  bool has_half_ = false;
  std::uint32_t half_ = 0;
};

}  // namespace cupel
