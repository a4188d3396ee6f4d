#include "stats/median_total.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace cupel {

double median_positive_total(std::span<const double> totals) {
  std::vector<double> positive;
  std::ranges::copy_if(totals, std::back_inserter(positive), [](double t) { return t > 0.0; });
  if (positive.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::ranges::sort(positive);
  const std::size_t middle = positive.size() / 2;
  return positive.size() % 2 == 1 ? positive[middle]
                                  : (positive[middle - 1] + positive[middle]) / 2.0;
}

}  // namespace cupel
