#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"

namespace cupel::metrics {

// As direction_fidelity_raw, but the perturbation's own gene counts.
std::vector<Score> direction_precision(const Case& c, const Metric&, Backend&) {
  return score_each(c, [](const DeComparison& de, std::int64_t target) {
    std::int64_t adjudicable = 0;
    std::int64_t matches = 0;
    for (const std::int32_t feature : de.calls(target).pred) {
      if (!de.in_real(target, feature)) continue;
      const double real = de.real_log2_fold_change(target, feature);
      if (!has_direction(real)) continue;
      ++adjudicable;
      matches += directions_match(real, de.pred_log2_fold_change(target, feature)) ? 1 : 0;
    }
    if (adjudicable > 0) return Score::of(ratio(matches, adjudicable));
    return Score::left_out(de.calls(target).counts.pred == 0 ? reasons::kNoPredCalls
                                                             : reasons::kNoAdjudicable);
  });
}

}  // namespace cupel::metrics
