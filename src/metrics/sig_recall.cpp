#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"

namespace cupel::metrics {

std::vector<Score> sig_recall(const Case& c, const Metric&, Backend&) {
  return score_each(c, [](const DeComparison& de, std::int64_t target) {
    const CallCounts& counts = de.calls(target).counts;
    if (counts.real == 0) return Score::left_out(reasons::kNoRealCalls);
    return Score::of(ratio(counts.both, counts.real));
  });
}

}  // namespace cupel::metrics
