#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"

namespace cupel::metrics {
namespace {

std::vector<Score> area(const Case& c, double RankingAreas::*which) {
  const auto& of_target = c.de->ranking_areas();
  return score_each(c, [&](const DeComparison&, std::int64_t target) {
    const RankingAreas& areas = of_target[static_cast<std::size_t>(target)];
    return areas.single_class ? Score::undefined(reasons::kOneClass) : Score::of(areas.*which);
  });
}

}  // namespace

std::vector<Score> pr_auc(const Case& c, const Metric&, Backend&) {
  return area(c, &RankingAreas::precision_recall);
}

std::vector<Score> roc_auc(const Case& c, const Metric&, Backend&) {
  return area(c, &RankingAreas::roc);
}

}  // namespace cupel::metrics
