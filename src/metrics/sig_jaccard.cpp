#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"

namespace cupel::metrics {

std::vector<Score> sig_jaccard(const Case& c, const Metric&, Backend&) {
  return score_each(c, [](const DeComparison& de, std::int64_t target) {
    const CallCounts& counts = de.calls(target).counts_without_own;
    const std::int64_t either = counts.real + counts.pred - counts.both;
    if (either == 0) return Score::by_rule(1.0, reasons::kNoOtherCalls);
    return Score::of(ratio(counts.both, either));
  });
}

}  // namespace cupel::metrics
