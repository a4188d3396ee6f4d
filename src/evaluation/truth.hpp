#pragma once
#include "cupel/truth.hpp"
#include "evaluation/plan.hpp"
#include "evaluation/reference.hpp"

// What the measured side says of itself (benchmarks.md 3), from one more reading of its cells.
//
// Cost: that reading; log1p of every count that a cell has not shown before; three sums per stored
// value; per perturbation at most 1,999 splits of at most 2,048 cells against at most 8,192 of the
// control in 256 dimensions. For metric quality, five made predictions of at most 256 perturbations
// under each metric of profiles. Memory: the batch, the control's projection (8 MiB), one matrix of
// perturbations × genes (three with gene weights), and seven of at most 256 × genes.
namespace cupel {

struct TruthRequest {
  bool gene_weights = false;  // of every perturbation
  bool halves = false;        // what metric quality needs
  std::int64_t memory = 0;    // bytes for cells
  std::uint64_t seed = 0;
  std::int32_t permutations = 1'999;
  std::int32_t dimensions = 256;
};

// Halves of some perturbations' cells as truth and as predictions of it. Host memory; one row per
// entry of `chosen`.
struct TruthHalves {
  std::vector<std::int32_t> chosen;  // perturbations
  Matrix<double> a;                  // the truth
  Matrix<double> b;                  // the technical duplicate
  Matrix<double> interpolated;       // b where it tells a gene from the rest, else the mean
  Matrix<double> weights;            // of genes, from a against the rest
  std::vector<double> mean;          // of all perturbations' second halves
  std::vector<double> control_a;
  std::vector<double> control_b;
};

struct MeasuredTruth {
  ContextTruth truth;      // all but what needs tests of genes: n_de, decile, and `metrics`
  Matrix<double> weights;  // perturbations × genes, host; empty when not asked for
  TruthHalves halves;      // empty when not asked for
};

[[nodiscard]] MeasuredTruth measure_truth(Screen& screen, const Grouping& grouping,
                                          const Conventions& conventions,
                                          const TruthRequest& request, Console& console);

// Fills in how many genes the table calls, and deciles: by that number and, where it is the same or
// was not counted, by the effect less its noise.
void add_calls(const DeTable& de, const Conventions::De& conventions, ContextTruth& truth);

// The run's part, in two steps. What is read comes first, before what the control is ranked by
// takes its place in memory; nothing is read where the plan asks for neither strata nor weights.
[[nodiscard]] MeasuredTruth measure_truth(Plan& plan, const Grouping& grouping, Console& console);
// Then what needs the tables, and where it goes: `tables` and `into`.
void add_truth(const Plan& plan, MeasuredTruth measured, RealTables& tables, Backend& backend,
               Console& console, Truth& into);

}  // namespace cupel
