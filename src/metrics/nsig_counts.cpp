#include "metrics/metrics.hpp"
#include "metrics/score_each.hpp"

namespace cupel::metrics {

std::vector<Score> nsig_counts_real(const Case& c, const Metric&, Backend&) {
  return score_each(c, [](const DeComparison& de, std::int64_t target) {
    return Score::of(static_cast<double>(de.calls(target).counts.real));
  });
}

std::vector<Score> nsig_counts_pred(const Case& c, const Metric&, Backend&) {
  return score_each(c, [](const DeComparison& de, std::int64_t target) {
    return Score::of(static_cast<double>(de.calls(target).counts.pred));
  });
}

}  // namespace cupel::metrics
