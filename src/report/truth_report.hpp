#pragma once
#include <string>

#include "cupel/report.hpp"

// What a run says of its measured screen, and of predictions by strength of effect. All of it is
// empty, and nothing is written (what an earlier run wrote is removed), where the run was not asked
// for strata.
namespace cupel {

// All of `truth` as JSON, and back with the same bits. NaN is null, infinities are "inf", "-inf".
// `parse_truth` throws Error(kInput) for text that truth_json has not written.
[[nodiscard]] std::string truth_json(const Truth& truth);
[[nodiscard]] Truth parse_truth(const std::string& text);

// For run.json: how it was measured, and per context the systematic variation and how many
// perturbations each stratum has.
[[nodiscard]] std::string truth_summary(const Truth& truth);

// perturbation, context, n_cells, n_de, effect, noise_corrected_effect, e_p, e_p_adj, reliability,
// ceiling, stratum, decile. Effects are lengths; a corrected one is the root of the squared length
// less noise, negative where noise is the larger.
[[nodiscard]] std::string truth_csv(const Truth& truth);
// context, stratum, metric, mean, low, high, n, effective_n, fraction_of_ceiling, reason.
[[nodiscard]] std::string strata_csv(const PredictionResult& result);
// metric, context, drf, drf_low, drf_high, bds, no_change_score, n, verdict, reason.
[[nodiscard]] std::string metric_quality_csv(const Truth& truth);
// What the terminal shows: how many perturbations each stratum has, and the first prediction of the
// leaderboard in each.
[[nodiscard]] std::string truth_text(const Report& report);

// Writes out/<prediction>/strata.csv.
void write_strata(const std::string& folder, const PredictionResult& result);
// Writes truth.csv and metric_quality.csv.
void write_truth(const std::string& folder, const Report& report);

}  // namespace cupel
