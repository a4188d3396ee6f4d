#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cupel/aggregate.hpp"
#include "cupel/config.hpp"
#include "cupel/metric.hpp"
#include "cupel/truth.hpp"

namespace cupel {

struct MetricResult {
  const Metric* metric = nullptr;
  std::vector<Score> scores;  // per perturbation, filled by the profile's rule; empty if derived
  Aggregate aggregate;        // a derived metric has only a mean
  std::string undefined_because;  // why a derived metric's mean is undefined
  std::string written_as = {};    // the profile's name for it, where that is another

  [[nodiscard]] std::string_view name() const {
    return written_as.empty() ? metric->name : std::string_view(written_as);
  }
};

struct ContextResult {
  std::string context;
  std::vector<std::string> perturbations;
  std::vector<MetricResult> metrics;      // in the profile's order
  std::vector<StratumScore> strata = {};  // empty when not asked for
};

// A metric's mean put on a scale (cell-eval.md 4.2, 4.5); each undefined where an end is missing.
struct ScaledScore {
  const Metric* metric = nullptr;
  double baseline = 0.0;   // the metric's mean for the 0 end; NaN where there is none
  double replicate = 0.0;  // and for the 1 end
  Score from_baseline;     // 0: the baseline, 1: perfect
  Score from_replicate;    // 0: the baseline, 1: as good as measuring again
  Score from_reference;    // of lfc_nmae alone: 0: 1, 1: what two halves of the truth reach
  Score fixed;             // on the scale that needs no measured end
};

// The scored metrics of one context, lower is better first, and their means.
struct ContextScores {
  std::string context;
  std::vector<ScaledScore> metrics;
  ScaledScore average;  // of a metric that is null
};

// What another measurement of the screen scores: one half of its cells against the other, several
// times (cell-eval.md 4.4).
struct ReplicateMetric {
  const Metric* metric = nullptr;
  std::vector<double> splits;         // the metric's mean in each split
  std::vector<std::int64_t> defined;  // perturbations with a value, in each split
  double mean = 0.0;                  // over splits; NaN with a reason
  double standard_deviation = 0.0;    // over n
  std::string undefined_because;
};
struct ReplicateResult {
  std::string context;
  std::vector<ReplicateMetric> metrics;
};

// What was read, so that a number can be traced to what made it.
struct InputRecord {
  std::string path;
  std::int64_t cells = 0;
  std::int64_t genes = 0;
  std::string matrix;             // "X: csr float32, gzip-4"
  std::uint64_t fingerprint = 0;  // of the cells used; independent of row order and layout
  std::int64_t bytes = 0;         // of the file, and when it was last changed (nanoseconds of its
  std::int64_t modified = 0;      // file system's clock), as it was opened
  std::uint64_t gene_names = 0;   // a hash of them in their order
  std::string read_as = {};  // "counts, log1p of each cell's counts per 816"; context by context
};

// Why a pseudobulk prediction has no score where a metric looks at cells.
inline constexpr std::string_view kLacksCells = "needs cells";

// Whether a metric looks at more of a prediction than its profiles. Weights are the truth's.
[[nodiscard]] constexpr bool needs_cells(const Metric& metric) noexcept {
  return (metric.needs & ~(kNeedsBulk | kNeedsWeights)) != 0;
}

struct PredictionResult {
  std::string name;
  InputRecord input;
  std::vector<ContextResult> contexts;
  double seconds = 0.0;
  std::vector<ContextScores> scores = {};  // per context; empty without ends of the scale
  Tags tags = {};
  bool pseudobulk = false;  // one profile per perturbation, no cells
  std::vector<std::string> warnings = {};

  // Whether the metric looks at cells that this prediction does not have. Such a metric is left out
  // of the prediction's mean rank, and the prediction out of the metric's ranks.
  [[nodiscard]] bool lacks(const Metric& metric) const noexcept {
    return pseudobulk && needs_cells(metric);
  }

  // Mean over contexts of each metric's mean, in the profile's order.
  [[nodiscard]] double macro_mean(std::size_t metric) const;
};

// What is wrong with a prediction's file while others were scored.
struct FailedPrediction {
  std::string name;
  std::string path;
  std::string reason;
  Tags tags;
};

struct Report {
  RunConfig config;
  Profile profile;                    // with every setting applied
  std::string device;                 // names, with commas
  std::vector<DeviceReport> devices;  // in the same order
  int threads = 0;
  InputRecord real;
  Truth truth;                                // of the real side
  std::vector<PredictionResult> predictions;  // those that were scored, in the order given
  std::vector<FailedPrediction> failed = {};
  // Ends of the scale, made from the real side: simple predictions, and a repeated measurement.
  std::vector<PredictionResult> baselines;
  std::vector<ReplicateResult> replicate;  // per context, or empty
  // One split, lengthened to the whole screen (cell-eval.md 4.6): what a perfect model can reach.
  std::vector<ReplicateResult> ceiling;                 // per context, or empty
  std::vector<std::pair<std::string, double>> seconds;  // by part of the run
  std::vector<std::pair<std::string, double>> stages;   // by kind of work, both sides together
  std::vector<std::string> warnings;
};

// Positions of report.predictions from best to worst: by mean rank over the profile's scored
// metrics (ties share their mean rank), then by name. `mean_rank` gets one value per prediction.
[[nodiscard]] std::vector<std::size_t> leaderboard_order(const Report& report,
                                                         std::vector<double>& mean_rank);

}  // namespace cupel
