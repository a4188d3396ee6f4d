#include "stats/lfc_nmae.hpp"

#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"

namespace cupel::metrics {

std::vector<Score> lfc_nmae(const Case& c, const Metric&, Backend&) {
  return score_each(c, [](const DeComparison& de, std::int64_t target) {
    LfcNmae error;
    for (const std::int32_t feature : de.calls(target).real) {
      if (feature == de.own_gene(target)) continue;
      const double pred =
          de.in_pred(target, feature) ? de.pred_log2_fold_change(target, feature) : 0.0;
      const double real = de.real_log2_fold_change(target, feature);
      error.add(real, real, pred);
    }
    if (error.n_genes() == 0 && de.calls(target).counts_without_own.real == 0) {
      return Score::left_out(reasons::kNoOtherRealCalls);
    }
    if (error.n_genes() < LfcNmae::kLeastGenes) return Score::left_out(reasons::kTooFewCalls);
    if (!error.defined()) return Score::left_out(reasons::kNoFoldChange);
    return Score::of(error.value());
  });
}

}  // namespace cupel::metrics
