#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cupel/metric.hpp"
#include "uncertainty/bootstrap.hpp"

// Is a metric any good on a data set (benchmarks.md 1.3, 1.4)? It is judged by two controls that
// everyone would put in the same order: a positive one (the other half of a perturbation's cells)
// and a negative one (the mean of all perturbations).
namespace cupel::quality {

// How much of the range from the negative control to a perfect score the positive one covers:
// (positive - negative) / (perfect - negative + 1e-6) where higher is better, (negative - positive)
// / (negative - perfect + 1e-6) where lower is, clipped to [-1, 1]. Undefined where a control has
// no finite score, and where the negative one is not worse than perfect.
[[nodiscard]] Score dynamic_range_fraction(double positive, double negative, double perfect,
                                           Better better);

struct DynamicRange {
  Estimate median;    // over perturbations
  double mean = 0.0;  // of the same
  std::int64_t undefined = 0;
  bool usable = false;  // the interval of the median lies above 0
};

// A metric needs ten perturbations with a defined fraction.
[[nodiscard]] DynamicRange summarise_range(std::span<const Score> fractions,
                                           const Resamples& resamples, double level = 0.95);

// 1 where the positive control is strictly better, 0 where it is not (a tie is not), NaN where one
// of the two has no value.
[[nodiscard]] std::vector<double> positive_wins(std::span<const double> positive,
                                                std::span<const double> negative, Better better);

// The bound discrimination score: the share of perturbations that the positive control wins. Half
// is chance.
struct BoundDiscrimination {
  Score share;                // a missing value is a loss (scPertEval)
  Score share_where_defined;  // perturbations with a missing value left out
  std::int64_t wins = 0;
  std::int64_t undefined = 0;  // perturbations with a missing value
  std::int64_t n = 0;
};
[[nodiscard]] BoundDiscrimination bound_discrimination(std::span<const double> positive,
                                                       std::span<const double> negative,
                                                       Better better);

// (score - baseline) / (replicate - baseline), for either direction: 0 is as good as the baseline,
// 1 as good as measuring again; not clipped. Undefined where the replicate is not better.
[[nodiscard]] Score between_anchors(double score, double baseline, double replicate, Better better);

// Scaled scores have heavy tails where the anchors nearly meet, so they are summed up by their
// median, beside the share of perturbations whose anchors leave no room: never dropped in silence.
struct AnchoredSummary {
  Estimate median;
  double undefined_share = 0.0;
};
[[nodiscard]] AnchoredSummary summarise_anchored(std::span<const Score> scores,
                                                 const Resamples& resamples, double level = 0.95);

// How much of the distance from control to truth a simple baseline already covers: (d(control,
// truth) - d(baseline, truth)) / d(control, truth). Near 1 there is nothing left to predict; below
// 0 the baseline is worse than "no change".
[[nodiscard]] Score baseline_saturation(double control_to_truth, double baseline_to_truth);

// d(perturbed, predicted) / d(control, predicted) of mean profiles, Euclidean (pertpy's
// compare_distance): below 1 the prediction is nearer to the perturbed cells.
[[nodiscard]] Score distance_ratio(std::span<const double> perturbed,
                                   std::span<const double> control,
                                   std::span<const double> predicted);

}  // namespace cupel::quality
