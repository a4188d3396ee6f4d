#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"

namespace cupel::metrics {
namespace {

std::vector<Score> area(const Case& c, double RankingAreas::*which) {
  return score_each(c, [which](const DeComparison& de, std::int64_t target) {
    const RankingAreas& areas = de.ranking_areas(target);
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
