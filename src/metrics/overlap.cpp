#include <algorithm>

#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"

namespace cupel::metrics {
namespace {

// Share of the first `depth` places of both ranked lists of calls that they have in common.
Score common_share(std::span<const SharedCall> shared, std::int64_t depth) {
  const auto common = std::ranges::count_if(shared, [depth](SharedCall gene) {
    return gene.real_rank < depth && gene.pred_rank < depth;
  });
  return Score::of(ratio(common, depth));
}

std::int64_t limited(std::int64_t called, std::int32_t k) {
  return k > 0 ? std::min<std::int64_t>(k, called) : called;
}

}  // namespace

std::vector<Score> overlap(const Case& c, const Metric& metric, Backend&) {
  const auto& shared = c.de->shared_calls();
  return score_each(c, [&](const DeComparison& de, std::int64_t target) {
    const std::int64_t depth = limited(de.calls(target).counts.real, metric.k);
    return depth == 0 ? Score::by_rule(0.0, reasons::kNoRealCalls)
                      : common_share(shared[static_cast<std::size_t>(target)], depth);
  });
}

std::vector<Score> precision(const Case& c, const Metric& metric, Backend&) {
  const auto& shared = c.de->shared_calls();
  return score_each(c, [&](const DeComparison& de, std::int64_t target) {
    const std::int64_t depth = limited(de.calls(target).counts.pred, metric.k);
    return depth == 0 ? Score::by_rule(0.0, reasons::kNoPredCalls)
                      : common_share(shared[static_cast<std::size_t>(target)], depth);
  });
}

}  // namespace cupel::metrics
