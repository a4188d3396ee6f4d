#include "quality/method_table.hpp"

#include <algorithm>
#include <cmath>

#include "cupel/nan.hpp"
#include "quality/reasons.hpp"

namespace cupel::quality {
namespace {

// 1 + how many are better. Missing values come last.
std::vector<double> smallest_ranks(const std::vector<double>& values, Better better) {
  const auto badness = [&](double value) {
    if (std::isnan(value)) return kInfinity;
    return better == Better::kHigher ? -value : value;
  };
  std::vector<double> ranks;
  for (const double value : values) {
    double rank = 1.0;
    for (const double other : values) rank += badness(other) < badness(value) ? 1.0 : 0.0;
    ranks.push_back(rank);
  }
  return ranks;
}

struct Range {
  double least = kInfinity;
  double greatest = -kInfinity;
};

Range range_of(const std::vector<double>& values) {
  Range range;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    range.least = std::min(range.least, value);
    range.greatest = std::max(range.greatest, value);
  }
  return range;
}

}  // namespace

MethodTable method_table(std::span<const MethodMetric> metrics) {
  MethodTable table;
  if (metrics.empty()) return table;
  const auto methods = metrics.front().values.size();
  const auto n = static_cast<double>(metrics.size());
  std::vector<double> score(methods, 0.0);
  std::vector<double> rank(methods, 0.0);
  std::vector<std::string_view> missing(methods);
  bool all_alike = false;
  for (const MethodMetric& metric : metrics) {
    const Range range = range_of(metric.values);
    const double width = range.greatest - range.least;
    all_alike = all_alike || (metric.rescale && width == 0.0);
    const auto ranks = smallest_ranks(metric.values, metric.better);
    for (std::size_t m = 0; m < methods; ++m) {
      const double value = metric.values[m];
      if (std::isnan(value)) missing[m] = reasons::kMissingMethod;
      const double gain =
          metric.better == Better::kHigher ? value - range.least : range.greatest - value;
      score[m] += metric.rescale ? gain / width : value;
      rank[m] += ranks[m];  // whole numbers, so that equal sums are equal
    }
  }
  std::vector<double> complete = rank;
  for (std::size_t m = 0; m < methods; ++m) {
    if (!missing[m].empty()) complete[m] = std::nan("");
  }
  const auto final_rank = smallest_ranks(complete, Better::kLower);
  for (std::size_t m = 0; m < methods; ++m) {
    const bool lacks = !missing[m].empty();
    table.score.push_back(lacks       ? Score::undefined(missing[m])
                          : all_alike ? Score::undefined(reasons::kAllAlike)
                                      : Score::of(score[m] / n));
    table.mean_rank.push_back(lacks ? Score::undefined(missing[m]) : Score::of(rank[m] / n));
    table.rank.push_back(lacks ? Score::undefined(missing[m]) : Score::of(final_rank[m]));
  }
  return table;
}

}  // namespace cupel::quality
