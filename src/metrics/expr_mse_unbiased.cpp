#include "metrics/metrics.hpp"
#include "metrics/profile_scores.hpp"
#include "metrics/reasons.hpp"

namespace cupel::metrics {

// Squared error less what sampling noise alone adds on both sides; may be negative. The own gene
// leaves the distance and the divisor; the corrections stay whole.
std::vector<Score> expr_mse_unbiased(const Case& c, const Metric&, Backend& backend) {
  const ScoredDistance distance = scored_distance(c, backend, c.pred_bulk, c.real_bulk);
  std::vector<Score> scores;
  for (std::size_t p = 0; p < distance.squared.size(); ++p) {
    const double unbiased = distance.squared[p] - c.pred_correction[p] - c.real_correction[p];
    scores.push_back(distance.n_scored[p] > 0.0 ? Score::of(unbiased / distance.n_scored[p])
                                                : Score::undefined(reasons::kOnlyOwnGene));
  }
  return scores;
}

}  // namespace cupel::metrics
