#include <algorithm>
#include <cmath>

#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"

// Eleven readings of one comparison: does the prediction call the truth's genes in the truth's
// direction? n_conf genes are called by the truth, n_pred calls of the prediction can be judged,
// `matches` of them are right (DirectionCounts). The readings that are not "raw" are corrected for
// chance: always saying the majority direction gives 0.
namespace cupel::metrics {
namespace {

template <typename Read>
std::vector<Score> read_directions(const Case& c, const Read& read) {
  return score_each(
      c, [&](const DeComparison& de, std::int64_t target) { return read(de.direction(target)); });
}

// Share of right calls above the majority's share, on the scale where d is full marks.
double corrected(const DirectionCounts& d) {
  return (ratio(d.matches, d.n_pred) - d.majority) / d.headroom;
}

// A truth without calls: silence is right, anything else is wrong.
Score nothing_to_find(const DirectionCounts& d) {
  return Score::by_rule(d.n_pred == 0 ? 1.0 : 0.0, reasons::kNoOtherRealCalls);
}

template <typename Depth>
std::vector<Score> reach(const Case& c, CurvePool pool, Depth CurveDepths::*depth,
                         bool needs_majority) {
  const auto& depths = c.de->curve_depths(pool);
  return score_each(c, [&](const DeComparison& de, std::int64_t target) {
    const DirectionCounts& d = de.direction(target);
    if (d.n_conf == 0) return Score::undefined(reasons::kNoOtherRealCalls);
    if (needs_majority && std::isnan(d.majority)) {
      return Score::undefined(reasons::kNoRealDirection);
    }
    return Score::of(ratio(depths[static_cast<std::size_t>(target)].*depth, d.n_conf));
  });
}

}  // namespace

std::vector<Score> direction_fidelity(const Case& c, const Metric&, Backend&) {
  return read_directions(c, [](const DirectionCounts& d) {
    if (d.n_conf == 0) return nothing_to_find(d);
    if (std::isnan(d.majority)) return Score::undefined(reasons::kNoRealDirection);
    if (d.n_pred == 0) return Score::undefined(reasons::kNoAdjudicable);
    return Score::of(corrected(d));
  });
}

std::vector<Score> direction_fidelity_raw(const Case& c, const Metric&, Backend&) {
  return read_directions(c, [](const DirectionCounts& d) {
    if (d.n_pred == 0) return Score::undefined(reasons::kNoAdjudicable);
    return Score::of(ratio(d.matches, d.n_pred));
  });
}

std::vector<Score> direction_coverage(const Case& c, const Metric&, Backend&) {
  return read_directions(c, [](const DirectionCounts& d) {
    if (d.n_conf == 0) return Score::undefined(reasons::kNoOtherRealCalls);
    return Score::of(ratio(d.n_pred, d.n_conf));
  });
}

std::vector<Score> direction_yield(const Case& c, const Metric&, Backend&) {
  return read_directions(c, [](const DirectionCounts& d) {
    if (d.n_conf == 0) return Score::undefined(reasons::kNoOtherRealCalls);
    if (std::isnan(d.majority)) return Score::undefined(reasons::kNoRealDirection);
    return Score::of((static_cast<double>(d.matches) - d.majority * static_cast<double>(d.n_pred)) /
                     (static_cast<double>(d.n_conf) * d.headroom));
  });
}

std::vector<Score> direction_yield_raw(const Case& c, const Metric&, Backend&) {
  return read_directions(c, [](const DirectionCounts& d) {
    if (d.n_conf == 0) return Score::undefined(reasons::kNoOtherRealCalls);
    return Score::of(ratio(d.matches, d.n_conf));
  });
}

std::vector<Score> direction_fidelity_yield(const Case& c, const Metric&, Backend&) {
  return read_directions(c, [](const DirectionCounts& d) {
    if (d.n_conf == 0) return nothing_to_find(d);
    if (std::isnan(d.majority)) return Score::undefined(reasons::kNoRealDirection);
    if (d.n_pred == 0) return Score::by_rule(0.0, reasons::kNoAdjudicable);
    return Score::of(std::min(1.0, ratio(d.n_pred, d.n_conf)) * corrected(d));
  });
}

std::vector<Score> direction_fidelity_yield_raw(const Case& c, const Metric&, Backend&) {
  return read_directions(c, [](const DirectionCounts& d) {
    const std::int64_t larger = std::max(d.n_pred, d.n_conf);
    if (larger == 0) return Score::undefined(reasons::kNoOtherCalls);
    return Score::of(ratio(d.matches, larger));
  });
}

std::vector<Score> direction_reach(const Case& c, const Metric&, Backend&) {
  return reach(c, CurvePool::kRealCalls, &CurveDepths::corrected, true);
}

std::vector<Score> direction_reach_raw(const Case& c, const Metric&, Backend&) {
  return reach(c, CurvePool::kRealCalls, &CurveDepths::raw, false);
}

std::vector<Score> direction_reach_unbounded(const Case& c, const Metric&, Backend&) {
  return reach(c, CurvePool::kAll, &CurveDepths::corrected, true);
}

std::vector<Score> direction_reach_unbounded_raw(const Case& c, const Metric&, Backend&) {
  return reach(c, CurvePool::kAll, &CurveDepths::raw, false);
}

}  // namespace cupel::metrics
