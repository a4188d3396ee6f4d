#pragma once
#include <cstdint>
#include <span>

#include "cupel/metric.hpp"

namespace cupel {

struct SpearmanTest {
  Score rho;
  double p_value = std::numeric_limits<double>::quiet_NaN();  // two-sided; NaN where rho is
  bool exact = false;                                         // every order was looked at
  std::int64_t draws = 0;                                     // else so many of them
};

struct PermutationOptions {
  std::int64_t exact_up_to = 8;  // points: 40,320 orders
  std::int32_t draws = 10'000;
  std::uint64_t seed = 0;
  std::uint32_t series = 0;
};

// Are two quantities related, such as the number of a perturbation's cells and its effect
// (baselines-splits-audits.md C7)? Spearman's rho with average ranks, and the share of orders of y
// whose |rho| is at least the observed: exactly, or (b + 1) / (m + 1) over m draws. Sums of ranks
// are whole numbers, so equal |rho| are equal.
[[nodiscard]] SpearmanTest spearman_test(std::span<const double> x, std::span<const double> y,
                                         const PermutationOptions& options = {});

}  // namespace cupel
