#include <numeric>

#include "metrics/metrics.hpp"
#include "metrics/profile_scores.hpp"
#include "metrics/reasons.hpp"

namespace cupel::metrics {

// How far the truth itself lies from its control, less sampling noise: the error of a prediction
// that pastes the control, and the same for every prediction.
std::vector<Score> expr_distance_unbiased(const Case& c, const Metric&, Backend& backend) {
  const std::vector<std::int32_t> rows(c.perturbations.size(), 0);
  std::vector<std::int32_t> genes(static_cast<std::size_t>(c.control_bulk.cols));
  std::iota(genes.begin(), genes.end(), 0);
  const Matrix<double> control = backend.select(c.control_bulk, rows, genes);  // one per row
  const ScoredDistance distance = scored_distance(c, backend, c.real_bulk, control.view());
  std::vector<Score> scores;
  for (std::size_t p = 0; p < distance.squared.size(); ++p) {
    const double unbiased = distance.squared[p] - c.real_correction[p] - c.control_correction;
    scores.push_back(distance.n_scored[p] > 0.0 ? Score::of(unbiased / distance.n_scored[p])
                                                : Score::undefined(reasons::kOnlyOwnGene));
  }
  return scores;
}

}  // namespace cupel::metrics
