#include <cmath>

#include "metrics/metrics.hpp"
#include "metrics/profile_scores.hpp"
#include "metrics/reasons.hpp"

namespace cupel::metrics {

std::vector<Score> delta_pearson(const Case& c, const Metric&, Backend& backend) {
  std::vector<Score> scores;
  for (const double r :
       column(backend, backend.row_pearson(c.pred_delta, c.real_delta).view(), 0)) {
    scores.push_back(std::isnan(r) ? Score::undefined(reasons::kConstantEffect) : Score::of(r));
  }
  return scores;
}

}  // namespace cupel::metrics
