#include <cmath>

#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"

namespace cupel::metrics {
namespace {

// Here two zeros agree, and so do two NaN.
bool same_sign(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return (a > 0.0) == (b > 0.0) && (a < 0.0) == (b < 0.0);
}

// Share of `called` genes with a row on both sides whose signs are the same.
Score share_of_same_sign(const DeComparison& de, std::int64_t target,
                         std::span<const std::int32_t> called, std::string_view none_called) {
  std::int64_t shared = 0;
  std::int64_t same = 0;
  for (const std::int32_t feature : called) {
    if (!de.in_real(target, feature) || !de.in_pred(target, feature)) continue;
    ++shared;
    same += same_sign(de.real_log2_fold_change(target, feature),
                      de.pred_log2_fold_change(target, feature))
                ? 1
                : 0;
  }
  if (shared > 0) return Score::of(ratio(same, shared));
  return Score::left_out(called.empty() ? none_called : reasons::kNoSharedRows);
}

}  // namespace

std::vector<Score> direction_match(const Case& c, const Metric&, Backend&) {
  return score_each(c, [](const DeComparison& de, std::int64_t target) {
    return share_of_same_sign(de, target, de.calls(target).real, reasons::kNoRealCalls);
  });
}

std::vector<Score> model_direction_match(const Case& c, const Metric&, Backend&) {
  return score_each(c, [](const DeComparison& de, std::int64_t target) {
    return share_of_same_sign(de, target, de.calls(target).pred, reasons::kNoPredCalls);
  });
}

}  // namespace cupel::metrics
