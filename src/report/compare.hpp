#pragma once
#include <string>
#include <utility>
#include <vector>

#include "report/judgement.hpp"
#include "report/stored_run.hpp"

// Predictions of two finished runs, held against each other.
namespace cupel {

// Throws Error(kInput) that names the first difference when the runs' numbers do not mean the same:
// another measured screen, other metrics, another convention. Returns what is only odd: another
// version, another file of target genes.
[[nodiscard]] std::vector<std::string> check_same_terms(const StoredRun& first,
                                                        const StoredRun& second);

struct RunComparison {
  std::vector<const PredictionResult*> results;  // of the first run, then of the second
  std::vector<std::string> names;                // of these: "out1/good"
  std::vector<ComparedPair> pairs;
  std::vector<Comparison> comparisons;  // pair after pair under each metric
};

// Predictions that have the same name in both runs; where there are none, each of the one with each
// of the other (400 pairs at most, else Error(kUsage)). Holm's correction is over the pairs, within
// a metric and context. Where two have not the same perturbations there is no test.
[[nodiscard]] RunComparison compare_runs(const StoredRun& first, const StoredRun& second,
                                         const JudgementOptions& options);

// context, metric, a, b, mean_a, mean_b, difference, low, high, p, p_holm, n, verdict, reason.
[[nodiscard]] std::string run_comparison_csv(const RunComparison& compared);
// A table per pair, over all contexts.
[[nodiscard]] std::string run_comparison_text(const RunComparison& compared,
                                              const JudgementOptions& options);

}  // namespace cupel
