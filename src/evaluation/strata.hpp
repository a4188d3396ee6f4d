#pragma once
#include <vector>

#include "cupel/backend.hpp"
#include "cupel/metric.hpp"
#include "cupel/report.hpp"
#include "cupel/truth.hpp"

// A prediction's scores by how strong the perturbation is (benchmarks.md 3.3 - 3.7).
namespace cupel {

// What a prediction claims of each perturbation. Empty where the run did not compute it.
struct PredictedEffects {
  std::vector<double> length;        // of the predicted effect
  std::vector<Score> split_control;  // correlation of effects from halves of the control
  std::vector<double> calls;         // genes that it calls
};

// `input` is what the metrics saw.
[[nodiscard]] PredictedEffects observe_effects(const Case& input, const ContextTruth& truth,
                                               Backend& backend);

// Rows: null, weak, medium, strong, unmeasured (those that have perturbations); decile_1 the
// weakest to decile_10; all; reliability_weighted. Columns: each reported metric that has scores,
// and
//   claimed_effect               length of the predicted effect over what noise would show: 0 is
//                                right for a perturbation that does nothing, 1 is as large as noise
//   false_calls                  genes called, in the null stratum
//   delta_pearson_split_control  correlation of effects that share no control cell
// and for all: strength_spearman, strength_ccc, strength_slope (of predicted on true length, noise
// taken off the truth's), significance_auc.
// In the null stratum a metric of agreement has no value: there is nothing to agree with.
[[nodiscard]] std::vector<StratumScore> score_strata(const ContextTruth& truth,
                                                     const ContextResult& result,
                                                     const PredictedEffects& predicted);

}  // namespace cupel
