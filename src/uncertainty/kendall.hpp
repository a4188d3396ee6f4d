#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cupel/metric.hpp"
#include "uncertainty/bootstrap.hpp"

// Do two metrics put predictions in the same order?
namespace cupel {

// Kendall's tau-b: (concordant - discordant pairs) / sqrt(pairs that differ in x * pairs that
// differ in y), in O(n log n) (Knight 1966) and exact up to the last division. Points with a NaN
// are left out. Undefined for fewer than two points or where a side does not vary.
[[nodiscard]] Score kendall_tau_b(std::span<const double> x, std::span<const double> y);

// pertpy's "kendalltau" distance of n points: (1 - tau) n (n - 1) / 4, the number of discordant
// pairs where nothing ties.
[[nodiscard]] double kendall_distance(double tau, std::int64_t n);

// Two metrics' aggregates, one row per prediction and context. A metric of which lower is better is
// turned round, so that agreement is positive.
struct AgreementRows {
  std::span<const double> x;
  std::span<const double> y;
  Better x_better = Better::kHigher;
  Better y_better = Better::kHigher;
  std::span<const std::int32_t> prediction;  // 0 .. n_predictions - 1
  std::span<const std::int32_t> context;     // 0 .. n_contexts - 1
};

struct ContextAgreement {
  Score tau;
  std::int64_t n = 0;  // rows that have both values
};

// `pooled` looks at all rows together, so it also sees that some contexts score higher under both
// metrics; `within` is the mean of the contexts' own taus and does not. Intervals are percentile,
// over resamples of predictions, each with all of its contexts.
struct MetricAgreement {
  Score pooled;
  std::int64_t n = 0;
  Interval pooled_interval{};
  Score within;
  std::int64_t contexts = 0;  // that have a tau
  Interval within_interval{};
  std::vector<ContextAgreement> by_context{};
};

// `predictions` resamples the predictions.
[[nodiscard]] MetricAgreement metric_agreement(const AgreementRows& rows, std::int32_t n_contexts,
                                               const Resamples& predictions, double level = 0.95);

// The same with intervals that need no draws, so that every pair of many metrics can be asked: the
// taus with each of the `n_predictions` left out give a standard error (jackknife), Fisher's
// transformation the ends, Student's t with n - 1 degrees their distance, where n predictions have
// values. How often 95 % intervals held tau over 4,000 (1,000) simulated sets of
// predictions, two metrics that share half of their variance (tau 1/3), in percent:
//
//   predictions             6    10    20    50   200
//   this form            97.9  98.7  96.4  94.9  95.4
//   over 500 resamples   95.2  95.8  96.0  94.4
//
// Undefined for fewer than three predictions, and where all agree or all disagree: then nothing
// shows how much the order would vary.
[[nodiscard]] MetricAgreement metric_agreement(const AgreementRows& rows, std::int32_t n_contexts,
                                               std::int32_t n_predictions, double level = 0.95);

}  // namespace cupel
