#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "uncertainty/bootstrap.hpp"

// Is one prediction better than another, or did the perturbations fall that way?
namespace cupel {

struct PairedComparison {
  Estimate difference;       // mean of first - second over the pairs; n is their number
  std::int64_t nonzero = 0;  // pairs that differ
  std::int64_t dropped = 0;  // perturbations without a value on both sides
  double p_value = std::numeric_limits<double>::quiet_NaN();  // two-sided
  std::string_view undefined_because{};                       // why there is no p-value
  bool exact = false;      // every assignment of signs was looked at
  std::int64_t draws = 0;  // else so many of them
};

struct SignFlipOptions {
  std::int64_t exact_up_to = 20;  // nonzero pairs: 2^20 assignments
  std::int32_t draws = 10'000;
  std::uint64_t seed = 0;
  std::uint32_t series = 0;
};

// Which pairs each draw flips: bit i % 8 of byte i / 8 for pair i. Tests that share one set of
// draws are paired with one another, and the numbers are drawn once.
class SignFlips {
 public:
  SignFlips(std::int64_t pairs, const SignFlipOptions& options);
  [[nodiscard]] const SignFlipOptions& options() const noexcept { return options_; }
  [[nodiscard]] std::int64_t draws() const noexcept { return options_.draws; }
  [[nodiscard]] const std::uint8_t* bits(std::int64_t draw) const {
    return bits_.data() + draw * stride_;
  }

 private:
  SignFlipOptions options_;
  std::int64_t stride_;  // bytes of a draw
  std::vector<std::uint8_t> bits_;
};

struct SignFlipTest {
  double p_value = std::numeric_limits<double>::quiet_NaN();  // two-sided
  std::string_view undefined_because{};                       // why there is no p-value
  std::int64_t nonzero = 0;
  bool exact = false;
  std::int64_t draws = 0;
};

// The permutation test of `compare_paired` alone. Differences may carry weights (1 / n of their
// context, where a mean of contexts is compared); NaN where a pair is not there.
[[nodiscard]] SignFlipTest sign_flip_test(std::span<const double> differences,
                                          const SignFlips& flips);

// Two predictions' scores of the same perturbations, perturbations × metrics (host), compared
// metric by metric. The interval is that of the mean difference over `resamples`. The p-value is
// that of the sign-flip permutation test: if neither is better, each difference is as likely to
// have come with the other sign. It is the share of assignments whose sum is at least as far from
// 0, the observed one among them: exactly, or (b + 1) / (m + 1) over m draws, the same draws for
// all metrics. Without a nonzero pair it is 1.
[[nodiscard]] std::vector<PairedComparison> compare_paired(MatrixView<const double> first,
                                                           MatrixView<const double> second,
                                                           const Resamples& resamples,
                                                           const SignFlipOptions& flips = {},
                                                           const IntervalOptions& interval = {});

// Under one metric.
[[nodiscard]] PairedComparison compare_paired(std::span<const double> first,
                                              std::span<const double> second,
                                              const Resamples& resamples,
                                              const SignFlipOptions& flips = {},
                                              const IntervalOptions& interval = {});

}  // namespace cupel
