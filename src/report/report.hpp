#pragma once
#include <string>
#include <string_view>

#include "cupel/report.hpp"

namespace cupel {

struct DeTable;

// A CSV field, quoted where it must be. NaN is "NaN", as the reference writes it.
[[nodiscard]] std::string csv_text(std::string_view text);
[[nodiscard]] std::string csv_number(double value);
// Nothing for NaN.
[[nodiscard]] std::string csv_number_or_nothing(double value);

// perturbation, context, metric, value, reason: one line per score. A score that the definition
// leaves out has an empty value.
[[nodiscard]] std::string results_csv(const PredictionResult& result);
// statistic × metrics (sorted by name; under "describe" in the profile's order), with a context
// column when there are several contexts, whose last rows are the macro means.
[[nodiscard]] std::string agg_results_csv(const PredictionResult& result,
                                          AggregateRows rows = AggregateRows::kCellEval2);
// rank, prediction, mean_rank, the manifest's tags, then each metric's (macro) mean and the scores
// between the ends of the scale. Where not all are scored alike, status ("scored", "pseudobulk",
// "failed") and reason follow; those that failed come last, without a rank.
[[nodiscard]] std::string leaderboard_csv(const Report& report);
// context, metric, the score on each scale, the scale's ends; last the mean over metrics.
[[nodiscard]] std::string scored_csv(const PredictionResult& result);
// What each end of the scale got: end, context, metric, mean, and the replicate's splits.
[[nodiscard]] std::string ends_csv(const Report& report);
// Mean over contexts of the mean score on one scale; NaN without it.
[[nodiscard]] double macro_score(const PredictionResult& result, Score ScaledScore::*scale);
// Version, commit, resolved profile, inputs, device, threads, timings, warnings.
[[nodiscard]] std::string run_json(const Report& report);
// What the terminal shows.
[[nodiscard]] std::string leaderboard_text(const Report& report);

// Writes out/<prediction>/results.csv and agg_results.csv.
void write_prediction(const std::string& folder, const PredictionResult& result,
                      AggregateRows rows = AggregateRows::kCellEval2);
// Writes leaderboard.csv, run.json and, where there are ends of the scale, ends.csv and each
// prediction's scored.csv.
void write_report(const std::string& folder, const Report& report);

}  // namespace cupel
