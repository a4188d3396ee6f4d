#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cupel/aggregate.hpp"
#include "cupel/config.hpp"
#include "cupel/metric.hpp"

namespace cupel {

struct MetricResult {
  const Metric* metric = nullptr;
  std::vector<Score> scores;  // per perturbation, filled by the profile's rule; empty if derived
  Aggregate aggregate;        // a derived metric has only a mean
  std::string undefined_because;  // why a derived metric's mean is undefined
};

struct ContextResult {
  std::string context;
  std::vector<std::string> perturbations;
  std::vector<MetricResult> metrics;  // in the profile's order
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
};

// Why a pseudobulk prediction has no score where a metric looks at cells.
inline constexpr std::string_view kLacksCells = "needs cells";

struct PredictionResult {
  std::string name;
  InputRecord input;
  std::vector<ContextResult> contexts;
  double seconds = 0.0;
  Tags tags = {};
  bool pseudobulk = false;  // one profile per perturbation, no cells
  std::vector<std::string> warnings = {};

  // Whether the metric looks at cells that this prediction does not have. Such a metric is left out
  // of the prediction's mean rank, and the prediction out of the metric's ranks.
  [[nodiscard]] bool lacks(const Metric& metric) const noexcept {
    return pseudobulk && (metric.needs & (kNeedsDe | kNeedsCorrections)) != 0;
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
  std::vector<PredictionResult> predictions;  // those that were scored, in the order given
  std::vector<FailedPrediction> failed = {};
  std::vector<std::pair<std::string, double>> seconds;  // by part of the run
  std::vector<std::pair<std::string, double>> stages;   // by kind of work, both sides together
  std::vector<std::string> warnings;
};

// Positions of report.predictions from best to worst: by mean rank over the profile's scored
// metrics (ties share their mean rank), then by name. `mean_rank` gets one value per prediction.
[[nodiscard]] std::vector<std::size_t> leaderboard_order(const Report& report,
                                                         std::vector<double>& mean_rank);

}  // namespace cupel
