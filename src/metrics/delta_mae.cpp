#include "metrics/metrics.hpp"
#include "metrics/profile_scores.hpp"
#include "metrics/reasons.hpp"

namespace cupel::metrics {

// Equal to the error of the profiles themselves, up to rounding, where both effects are taken from
// the real control.
std::vector<Score> delta_mae(const Case& c, const Metric&, Backend& backend) {
  const auto sums = backend.row_differences(c.pred_delta, c.real_delta);
  return scores_per(column(backend, sums.view(), 0), static_cast<double>(c.real_delta.cols),
                    reasons::kNoGenes);
}

}  // namespace cupel::metrics
