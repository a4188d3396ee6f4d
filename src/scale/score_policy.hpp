#pragma once
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "cupel/metric.hpp"

namespace cupel {

// How one metric's aggregate becomes a score: 0 where it equals the baseline, 1 where it equals the
// anchor (cell-eval.md 4.2).
struct ScorePolicy {
  bool higher_is_better = true;
  std::optional<double> anchor{};  // without one, the score is the gain relative to the baseline
  bool penalise_square = false;    // worse than the baseline costs (r^2 - 1) / 2, 6 at most
  double least = -std::numeric_limits<double>::infinity();
  double greatest = std::numeric_limits<double>::infinity();
  bool signed_baseline = false;  // the baseline may be negative
  // What an aggregate that is not finite counts as, where `least` is not finite.
  double missing_reads = std::numeric_limits<double>::quiet_NaN();
};

// Nothing for metrics that are shown and not scored.
[[nodiscard]] std::optional<ScorePolicy> policy_of(ScoringClass scoring);

// Undefined where the baseline leaves no room for a score: it is not finite, or not worse than the
// anchor. An `aggregate` that is not finite gets the worst score there is.
[[nodiscard]] Score score_one(double aggregate, double baseline, const ScorePolicy& policy);

// The same with a measured replicate in the anchor's place.
[[nodiscard]] Score score_from_replicate(double aggregate, double baseline, double replicate,
                                         const ScorePolicy& policy);

// An error measured against that of two halves of the truth, where 1 is as good as measuring again.
// Never part of an average.
[[nodiscard]] inline double score_from_reference(double error, double reference) {
  return (1.0 - error) / (1.0 - reference);
}

// cell-eval's first scorer: not below 0, and 0 for NaN. A baseline of 0 can leave +inf.
[[nodiscard]] double score_v1(double aggregate, double baseline, bool higher_is_better);

// A degenerate baseline of such a metric refuses the whole scoring; of another it leaves the metric
// out of the average.
[[nodiscard]] bool is_decisive(const Metric& metric);

// Unweighted mean of the defined scores; NaN when there is none.
[[nodiscard]] double average_score(std::span<const Score> scores);

}  // namespace cupel
