#include <cmath>

#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"
#include "stats/spearman.hpp"

namespace cupel::metrics {
namespace {

// Over the truth's calls whose log2FC `chosen` takes; a gene missing from the prediction reads 0.
template <typename Chosen>
std::vector<Score> rank_agreement(const Case& c, const Chosen& chosen) {
  return score_each(c, [&](const DeComparison& de, std::int64_t target) {
    std::vector<double> real;
    std::vector<double> pred;
    for (const std::int32_t feature : de.calls(target).real) {
      const double truth = de.real_log2_fold_change(target, feature);
      if (!chosen(truth)) continue;
      real.push_back(truth);
      pred.push_back(de.in_pred(target, feature) ? de.pred_log2_fold_change(target, feature) : 0.0);
    }
    if (real.empty()) return Score::left_out(reasons::kNoRealCalls);
    const double rho = spearman(real, pred);
    return std::isnan(rho) ? Score::undefined(reasons::kTooFewToRank) : Score::of(rho);
  });
}

}  // namespace

std::vector<Score> lfc_spearman(const Case& c, const Metric&, Backend&) {
  return rank_agreement(c, [](double) { return true; });
}

std::vector<Score> lfc_spearman_pos(const Case& c, const Metric&, Backend&) {
  // A NaN that the conventions keep counts as positive: NaN is the largest value in every ranking.
  return rank_agreement(c, [](double real) { return real > 0.0 || std::isnan(real); });
}

std::vector<Score> lfc_spearman_neg(const Case& c, const Metric&, Backend&) {
  return rank_agreement(c, [](double real) { return real < 0.0; });
}

}  // namespace cupel::metrics
