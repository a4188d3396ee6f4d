#include <cmath>

#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"
#include "stats/spearman.hpp"

namespace cupel::metrics {
namespace {

Score rank_agreement_of_counts(const DeComparison& de) {
  std::vector<double> real;
  std::vector<double> pred;
  for (std::int64_t target = 0; target < de.n_targets(); ++target) {
    const CallCounts& counts = de.calls(target).counts;
    if (counts.real == 0) continue;
    real.push_back(static_cast<double>(counts.real));
    pred.push_back(static_cast<double>(counts.pred));
  }
  if (real.empty()) return Score::by_rule(1.0, reasons::kNoRealCallsAnywhere);
  const double rho = spearman(real, pred);
  return std::isnan(rho) ? Score::undefined(reasons::kCountsDoNotVary) : Score::of(rho);
}

}  // namespace

// One number, given to every perturbation.
std::vector<Score> nsig_spearman(const Case& c, const Metric&, Backend&) {
  return std::vector<Score>(static_cast<std::size_t>(c.de->n_targets()),
                            rank_agreement_of_counts(*c.de));
}

}  // namespace cupel::metrics
