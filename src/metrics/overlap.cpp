#include <algorithm>

#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"

namespace cupel::metrics {
namespace {

std::int64_t limited(std::int64_t called, std::int32_t k) {
  return k > 0 ? std::min<std::int64_t>(k, called) : called;
}

}  // namespace

// Share of the first places of both ranked lists of calls that they have in common.

std::vector<Score> overlap(const Case& c, const Metric& metric, Backend&) {
  const auto& common = c.de->common_calls(metric.k);
  return score_each(c, [&](const DeComparison& de, std::int64_t target) {
    const std::int64_t depth = limited(de.calls(target).counts.real, metric.k);
    if (depth == 0) return Score::by_rule(0.0, reasons::kNoRealCalls);
    return Score::of(ratio(common[static_cast<std::size_t>(target)].at_real_depth, depth));
  });
}

std::vector<Score> precision(const Case& c, const Metric& metric, Backend&) {
  const auto& common = c.de->common_calls(metric.k);
  return score_each(c, [&](const DeComparison& de, std::int64_t target) {
    const std::int64_t depth = limited(de.calls(target).counts.pred, metric.k);
    if (depth == 0) return Score::by_rule(0.0, reasons::kNoPredCalls);
    return Score::of(ratio(common[static_cast<std::size_t>(target)].at_pred_depth, depth));
  });
}

}  // namespace cupel::metrics
