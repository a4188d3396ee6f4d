#pragma once
#include <span>
#include <string_view>

#include "scale/score_policy.hpp"

namespace cupel {

// A scale with its own zero per metric, so that it needs no measured baseline.
struct FixedScaleEntry {
  std::string_view metric;
  double base;
  ScorePolicy policy;
};

// cell-eval2's "low-random_high-1_v10": 0 is what a random guess or the pasted control gets, 1 is
// the truth (cell-eval.md 4.5). Its average is over exactly these metrics.
[[nodiscard]] std::span<const FixedScaleEntry> fixed_scale() noexcept;

}  // namespace cupel
