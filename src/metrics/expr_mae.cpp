#include "metrics/metrics.hpp"
#include "metrics/profile_scores.hpp"
#include "metrics/reasons.hpp"

namespace cupel::metrics {

std::vector<Score> expr_mae(const Case& c, const Metric&, Backend& backend) {
  const auto sums = backend.row_differences(c.pred_bulk, c.real_bulk);
  return scores_per(column(backend, sums.view(), 0), static_cast<double>(c.real_bulk.cols),
                    reasons::kNoGenes);
}

}  // namespace cupel::metrics
