#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"

namespace cupel::metrics {
namespace {

std::vector<Score> sensitivity(const Case& c, CurvePool pool) {
  const auto& depths = c.de->curve_depths(pool);
  return score_each(c, [&](const DeComparison& de, std::int64_t target) {
    const std::int64_t called = de.calls(target).counts.real;
    if (called == 0) return Score::left_out(reasons::kNoRealCalls);
    return Score::of(ratio(depths[static_cast<std::size_t>(target)].own_kept, called));
  });
}

}  // namespace

std::vector<Score> direction_sensitivity(const Case& c, const Metric&, Backend&) {
  return sensitivity(c, CurvePool::kRealCalls);
}

std::vector<Score> direction_sensitivity_universe(const Case& c, const Metric&, Backend&) {
  return sensitivity(c, CurvePool::kAll);
}

}  // namespace cupel::metrics
