#include "metrics/metrics.hpp"
#include "metrics/profile_scores.hpp"
#include "metrics/reasons.hpp"

namespace cupel::metrics {

std::vector<Score> expr_real_mass_ratio(const Case& c, const Metric&, Backend& backend) {
  return scores_per(column(backend, backend.row_expm1_sums(c.real_bulk).view(), 0), c.bulk_total,
                    reasons::kNoMassTarget);
}

}  // namespace cupel::metrics
