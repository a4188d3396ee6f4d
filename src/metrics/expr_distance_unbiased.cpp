#include "metrics/metrics.hpp"
#include "metrics/profile_scores.hpp"
#include "metrics/reasons.hpp"

namespace cupel::metrics {

// How far the truth itself lies from its control, less sampling noise: the error of a prediction
// that pastes the control, and the same for every prediction.
std::vector<Score> expr_distance_unbiased(const Case& c, const Metric&, Backend& backend) {
  const ScoredDistance distance = scored_norm(c, backend, c.real_delta);
  std::vector<Score> scores;
  for (std::size_t p = 0; p < distance.squared.size(); ++p) {
    const double unbiased = distance.squared[p] - c.real_correction[p] - c.control_correction;
    scores.push_back(distance.n_scored[p] > 0.0 ? Score::of(unbiased / distance.n_scored[p])
                                                : Score::undefined(reasons::kOnlyOwnGene));
  }
  return scores;
}

}  // namespace cupel::metrics
