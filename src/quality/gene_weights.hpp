#pragma once
#include <string_view>
#include <vector>

#include "quality/rows.hpp"

// How much each gene of a perturbation counts (benchmarks.md 1.3, 3.4). Weights are always taken
// from other cells than those that are scored, else noise rewards itself.
namespace cupel::quality {

struct GeneWeights {
  std::vector<double> weight;     // between 0 and 1; they need not add up to 1
  std::string_view degenerate{};  // why they single out no gene, if so
};

// ((|t| - min |t|) / (max |t| - min |t|))^exponent of each gene's DE score t (Diversity by Design:
// exponent 2; scPertEval: 1, 2 and 4). A NaN score counts as 0. Where all |t| are the same, all
// weights are 0 if that is 0 and 1 otherwise.
[[nodiscard]] GeneWeights de_weights(Row de_score, double exponent = 2.0);

// effect^2 / (effect^2 + variance), the variance that of the effect's estimate: near 1 where a gene
// would come out the same again, 0 for pure noise, without a threshold. A gene whose effect and
// variance are both 0 has weight 0.
[[nodiscard]] GeneWeights reproducibility_weights(Row effect, Row variance);

// How many genes a weighted score rests on: sum w / max w. Undefined where no gene has a weight;
// near 1 such a score is about a single gene.
[[nodiscard]] Score effective_gene_count(Row weights);

}  // namespace cupel::quality
