#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "report/judgement.hpp"
#include "report/report.hpp"

// What the tables for a reader, on the terminal and in report.md, share.
namespace cupel {

inline constexpr std::size_t kMetricsAcross = 6;     // of a table of predictions
inline constexpr std::size_t kPredictionsDown = 20;  // before "and N more"

[[nodiscard]] inline std::string_view arrow(Better better) {
  return better == Better::kHigher ? "↑" : better == Better::kLower ? "↓" : " ";
}

// The metrics of a run, in the profile's order. The report has a prediction that was scored.
[[nodiscard]] inline const std::vector<MetricResult>& metrics_of(const Report& report) {
  return report.predictions.front().contexts.front().metrics;
}

// A metric's mean in one context, or over contexts (kAllContexts).
[[nodiscard]] inline double mean_of(const PredictionResult& result, std::size_t context,
                                    std::size_t metric) {
  return context == kAllContexts ? result.macro_mean(metric)
                                 : result.contexts[context].metrics[metric].aggregate.mean;
}

// The mean over contexts of what the replicate or the ceiling got.
[[nodiscard]] inline double mean_over_contexts(const std::vector<ReplicateResult>& contexts,
                                               std::size_t metric) {
  double sum = 0.0;
  for (const auto& context : contexts) sum += context.metrics[metric].mean;
  return sum / static_cast<double>(contexts.size());
}

}  // namespace cupel
