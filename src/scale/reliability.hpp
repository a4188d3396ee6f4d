#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cupel/config.hpp"
#include "cupel/metric.hpp"
#include "stats/de_table.hpp"

// What the measurement itself can reach: how well one half of the cells predicts the other.
namespace cupel {

// Spearman-Brown: from the agreement of two halves to that of two wholes. NaN unless r > 0.
[[nodiscard]] double full_length_reliability(double split_half);

// Whether a metric's agreement of halves may be lengthened so (cell-eval.md 4.6): the correlations,
// ranks and overlaps, of which 1 is the most.
[[nodiscard]] bool has_ceiling(const Metric& metric);

// A metric's aggregate over several splits (cell-eval.md 4.4).
struct ReplicateAnchor {
  double mean;
  double standard_deviation;  // of these splits, not of a sample: over n
  double least;
  double greatest;
};
[[nodiscard]] ReplicateAnchor replicate_anchor(std::span<const double> splits);

// lfc_nmae of half `a` against half `b`, per perturbation, with the gate and the scale of the whole
// data: noise then enters the numerator alone. The three tables have the same targets and features;
// `own_gene` is a feature or -1 per target.
[[nodiscard]] std::vector<Score> replicate_lfc_nmae(const DeTable& whole, const DeTable& a,
                                                    const DeTable& b,
                                                    std::span<const std::int32_t> own_gene,
                                                    const Conventions::De& de, Backend& backend);

}  // namespace cupel
