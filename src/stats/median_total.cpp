#include "stats/median_total.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace cupel {

double median_total(std::span<const double> totals) {
  if (totals.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> sorted(totals.begin(), totals.end());
  std::ranges::sort(sorted);
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
}

double median_positive_total(std::span<const double> totals) {
  std::vector<double> positive;
  std::ranges::copy_if(totals, std::back_inserter(positive), [](double t) { return t > 0.0; });
  return median_total(positive);
}

}  // namespace cupel
