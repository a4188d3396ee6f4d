#include <cmath>

#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"

namespace cupel::metrics {
namespace {

std::vector<Score> agreement_of_ranks(const Case& c, Trend trend) {
  const auto& agreement = c.de->rank_agreement(trend);
  return score_each(c, [&](const DeComparison&, std::int64_t target) {
    const RankAgreement& ranks = agreement[static_cast<std::size_t>(target)];
    if (ranks.genes == 0) return Score::left_out(reasons::kNoRealCalls);
    return std::isnan(ranks.rho) ? Score::undefined(reasons::kTooFewToRank) : Score::of(ranks.rho);
  });
}

}  // namespace

std::vector<Score> lfc_spearman(const Case& c, const Metric&, Backend&) {
  return agreement_of_ranks(c, Trend::kAny);
}

std::vector<Score> lfc_spearman_pos(const Case& c, const Metric&, Backend&) {
  return agreement_of_ranks(c, Trend::kUp);
}

std::vector<Score> lfc_spearman_neg(const Case& c, const Metric&, Backend&) {
  return agreement_of_ranks(c, Trend::kDown);
}

}  // namespace cupel::metrics
