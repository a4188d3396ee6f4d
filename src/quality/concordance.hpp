#pragma once
#include <cstdint>
#include <span>

#include "cupel/metric.hpp"

namespace cupel::quality {

struct ConcordanceRule {
  bool drop_zeros = false;  // rows with a zero on either side, as PerturbArena does: a model that
                            // predicts no DE gene for a hard case then loses the case
  std::int64_t least_rows = 2;  // PerturbArena: 5
};

// Does a prediction get right which perturbations are strong (benchmarks.md 3.7)? Compares an
// effect size (number of DE genes, length of the effect) over perturbations.
struct Concordance {
  std::int64_t n = 0;
  std::int64_t dropped = 0;  // zeros by the rule, and rows with a NaN
  Score pearson;
  Score spearman;
  Score mean_absolute_error;
  Score mape_percent;  // mean of |prediction - truth| / truth; undefined where a truth is 0
  Score ccc;           // Lin's concordance, population moments: 1 only on the diagonal
  Score slope;         // of prediction on truth: below 1, strong effects come out too weak
};
[[nodiscard]] Concordance strength_concordance(std::span<const double> truth,
                                               std::span<const double> prediction,
                                               const ConcordanceRule& rule = {});

// How well the size of the predicted effect tells significant perturbations from the others: ROC
// area, 0.5 is chance. `significant` is 0 or 1. Perturbations whose size is NaN are left out.
[[nodiscard]] Score significance_auc(std::span<const double> predicted_size,
                                     std::span<const std::uint8_t> significant);

}  // namespace cupel::quality
