#include <algorithm>

#include "metrics/metrics.hpp"
#include "metrics/profile_scores.hpp"
#include "metrics/reasons.hpp"

namespace cupel::metrics {
namespace {

// What the prediction may claim for sampling noise: never more than the truth's own, and over all
// perturbations together never more than how much its profiles differ from each other, so that a
// noisy copy of one profile earns nothing. One factor for the whole prediction.
double claim_factor(const Case& c, Backend& backend, const std::vector<double>& claims,
                    const std::vector<double>& n_scored) {
  std::vector<double> weight;
  double claimed = 0.0;
  for (std::size_t p = 0; p < claims.size(); ++p) {
    weight.push_back(n_scored[p] > 0.0 ? 1.0 / n_scored[p] : 0.0);
    claimed += weight[p] * claims[p];
  }
  if (!(claimed > 0.0)) return 1.0;
  const auto excluded = excluded_columns(c);
  const double budget =
      column(backend, backend.weighted_column_scatter(c.pred_bulk, weight, excluded).view(), 0)[0];
  return std::min(1.0, budget / claimed);
}

}  // namespace

std::vector<Score> expr_mse_unbiased_capped(const Case& c, const Metric&, Backend& backend) {
  const ScoredDistance distance = scored_distance(c, backend, c.pred_bulk, c.real_bulk);
  std::vector<double> claims;
  for (std::size_t p = 0; p < distance.squared.size(); ++p) {
    claims.push_back(std::min(c.pred_correction[p], c.real_correction[p]));
  }
  const double factor = claim_factor(c, backend, claims, distance.n_scored);
  std::vector<Score> scores;
  for (std::size_t p = 0; p < claims.size(); ++p) {
    const double unbiased = distance.squared[p] - factor * claims[p] - c.real_correction[p];
    scores.push_back(distance.n_scored[p] > 0.0 ? Score::of(unbiased / distance.n_scored[p])
                                                : Score::undefined(reasons::kOnlyOwnGene));
  }
  return scores;
}

}  // namespace cupel::metrics
