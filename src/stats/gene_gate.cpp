#include "stats/gene_gate.hpp"

namespace cupel {

std::vector<std::int32_t> genes_above(std::span<const double> control_cpm,
                                      std::optional<double> limit) {
  std::vector<std::int32_t> genes;
  for (std::size_t gene = 0; gene < control_cpm.size(); ++gene) {
    if (!limit || *limit < 0.0 || control_cpm[gene] > *limit) {
      genes.push_back(static_cast<std::int32_t>(gene));
    }
  }
  return genes;
}

std::vector<double> pooled_cpm(std::span<const double> gene_means) {
  double total = 0.0;
  for (const double mean : gene_means) total += mean;
  std::vector<double> cpm;
  for (const double mean : gene_means) cpm.push_back(mean / total * 1e6);
  return cpm;
}

}  // namespace cupel
