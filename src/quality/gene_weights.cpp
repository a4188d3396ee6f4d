#include "quality/gene_weights.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "quality/reasons.hpp"

namespace cupel::quality {

GeneWeights de_weights(Row de_score, double exponent) {
  GeneWeights result;
  for (const double score : de_score) {
    const double size = std::isnan(score) ? 0.0 : std::abs(score);
    result.weight.push_back(std::min(size, std::numeric_limits<double>::max()));
  }
  if (result.weight.empty()) {
    result.degenerate = reasons::kNoGenes;
    return result;
  }
  const auto [least, greatest] = std::ranges::minmax(result.weight);
  if (least == greatest) {
    result.degenerate = greatest == 0.0 ? reasons::kNoScores : reasons::kEqualScores;
    std::ranges::fill(result.weight, greatest == 0.0 ? 0.0 : 1.0);
    return result;
  }
  for (double& weight : result.weight) {
    weight = std::pow((weight - least) / (greatest - least), exponent);
  }
  return result;
}

GeneWeights reproducibility_weights(Row effect, Row variance) {
  GeneWeights result;
  bool any = false;
  for (std::size_t g = 0; g < effect.size(); ++g) {
    const double squared = effect[g] * effect[g];
    const double share = squared / (squared + variance[g]);
    result.weight.push_back(squared > 0.0 && !std::isnan(share) ? share : 0.0);
    any = any || result.weight.back() > 0.0;
  }
  if (!any) result.degenerate = reasons::kNoWeight;
  return result;
}

Score effective_gene_count(Row weights) {
  double sum = 0.0;
  double greatest = 0.0;
  for (const double weight : weights) {
    sum += weight;
    greatest = std::max(greatest, weight);
  }
  return greatest > 0.0 ? checked(sum / greatest) : Score::undefined(reasons::kNoWeight);
}

}  // namespace cupel::quality
