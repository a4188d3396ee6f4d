#pragma once
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sweep/nested.hpp"

namespace cupel {

// What a sweep found of one model on one task of one split.
struct SweepLine {
  std::string split, task, model;
  std::size_t grid = 0;
  std::vector<std::string> settings;  // chosen, per fold; equal ones once
  std::int64_t folds = 0;             // in which the model could be fitted
  std::int64_t folds_won = 0;         // in which it was the best of all inside
  double inside = 0.0;                // the score that chose: mean over folds
  sweep::Scores outside{};            // means over folds that have the score; NaN where none has
  std::int64_t conditions = 0, predicted = 0;  // held out, over folds
  std::map<std::string, std::int64_t> rules;   // on what held-out predictions rest
  double seconds = 0.0;                        // of all its settings and fits
  std::string note;                            // why there are no scores
};

struct SweepSummary {
  std::vector<SweepLine> lines;  // splits and tasks in order, models from best to worst outside
  std::vector<SweepLine> best;   // the score of what was best inside each fold, whichever model
  // By split and task: what a score on it can say.
  std::map<std::pair<std::string, std::string>, std::string> claims;
  SweepScore select = SweepScore::kMse;
  std::int64_t settings = 0;  // rows inside
  double seconds = 0.0;
};

// Splits without held-out conditions have lines with the inside score alone.
[[nodiscard]] SweepSummary summarise_sweep(
    const sweep::SweepRequest& request, std::span<const sweep::SweepRow> table,
    std::map<std::pair<std::string, std::string>, std::string> claims);

// A Markdown table per split and task under its claim.
[[nodiscard]] std::string sweep_markdown(const SweepSummary& summary);
// split, task, claim, model, settings, folds, inside, scores, conditions, predicted, rules,
// seconds.
[[nodiscard]] std::string sweep_summary_csv(const SweepSummary& summary);

}  // namespace cupel
