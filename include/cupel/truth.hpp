#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace cupel {

// How good a metric is on one measured context, from two controls whose order everybody would
// agree on (benchmarks.md 1.3, 1.4): cells of the same perturbation that the truth has not seen,
// and the mean of all perturbations.
struct MetricQuality {
  std::string metric;
  double drf =
      std::numeric_limits<double>::quiet_NaN();  // median; positive: interpolated duplicate
  double drf_low = std::numeric_limits<double>::quiet_NaN();  // 95 % interval of it
  double drf_high = std::numeric_limits<double>::quiet_NaN();
  double bds = std::numeric_limits<double>::quiet_NaN();  // positive: the duplicate as it is
  double no_change_score = std::numeric_limits<double>::quiet_NaN();  // mean over perturbations
  std::int64_t n = 0;   // perturbations that were looked at
  std::string verdict;  // "usable", "identity-dominated", "not usable", "not judged"
  std::string reason;   // why something above is undefined
};

// What one measured context says of itself, before any prediction is looked at: how strong each
// perturbation is, and how much of that would come out the same again (benchmarks.md 3). Vectors
// have one entry per perturbation; NaN where a quantity is undefined.
//
// Effects are differences of the profiles that are scored (log expression). A squared length has
// the sampling noise of both means in it, so `noise`, what noise alone would show, is taken off.
struct ContextTruth {
  std::string context;
  std::vector<std::string> perturbations;
  std::vector<std::int64_t> n_cells;
  std::vector<double> n_de;            // genes called against the control; NaN where not tested
  std::vector<double> squared_effect;  // of the shift from the control
  std::vector<double> noise;           // expected squared length where there is no effect
  std::vector<double> e_p;             // of no shift at all, by permutation
  std::vector<double> e_p_adj;         // Benjamini-Hochberg over the context's perturbations
  std::vector<double> r_half;          // of the effects in two halves of cells
  std::vector<double> reliability;     // of all cells: 2 r / (1 + r)
  std::vector<double> ceiling;         // sqrt of it: correlation that a perfect model would reach
  std::vector<std::int32_t> stratum;   // 0 null, 1 weak, 2 medium, 3 strong, 4 unmeasured
  std::vector<std::int32_t> decile;    // 0..9 by strength; -1 where there is none
  double systematic_variation = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> control_a;  // profiles of two halves of the control: genes each
  std::vector<double> control_b;
  std::vector<MetricQuality> metrics;  // in the order of the run's metrics

  [[nodiscard]] double corrected_effect(std::size_t perturbation) const {
    return squared_effect[perturbation] - noise[perturbation];
  }
};

// What a run knows of its measured screen. Independent of the order of cells, of threads and of
// predictions; empty where it was not asked for.
struct Truth {
  std::uint64_t seed = 0;
  std::int32_t permutations = 0;  // most that a perturbation gets
  std::int32_t dimensions = 0;    // of the projection that the permutations look at
  std::vector<ContextTruth> contexts;
};

// One metric of one prediction over one group of perturbations: a stratum, a decile, all of them,
// or all weighted by their reliability.
struct StratumScore {
  std::string stratum;
  std::string metric;
  double mean = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();  // 95 % interval, perturbations resampled
  double high = std::numeric_limits<double>::quiet_NaN();
  std::int64_t n = 0;        // perturbations with a value
  double effective_n = 0.0;  // n, or (sum w)^2 / sum w^2 where they are weighted
  double fraction_of_ceiling = std::numeric_limits<double>::quiet_NaN();
  std::string reason = {};  // why something above is undefined
};

}  // namespace cupel
