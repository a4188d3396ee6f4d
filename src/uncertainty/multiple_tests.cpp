#include "uncertainty/multiple_tests.hpp"

#include <algorithm>
#include <cmath>

namespace cupel {
namespace {

// adjusted(p, k): what p becomes when k tests are still open.
template <typename Adjusted>
std::vector<double> step_down(std::span<const double> p_values, Adjusted adjusted) {
  std::vector<double> result(p_values.begin(), p_values.end());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p_values.size(); ++i) {
    if (!std::isnan(p_values[i])) order.push_back(i);
  }
  std::ranges::sort(order, {}, [&](std::size_t i) { return p_values[i]; });
  double greatest = 0.0;
  for (std::size_t place = 0; place < order.size(); ++place) {
    const auto open = static_cast<double>(order.size() - place);
    greatest = std::max(greatest, std::min(1.0, adjusted(p_values[order[place]], open)));
    result[order[place]] = greatest;
  }
  return result;
}

}  // namespace

std::vector<double> holm(std::span<const double> p_values) {
  return step_down(p_values, [](double p, double open) { return open * p; });
}

std::vector<double> holm_sidak(std::span<const double> p_values) {
  // 1 - (1 - p)^k without cancellation.
  return step_down(p_values,
                   [](double p, double open) { return -std::expm1(open * std::log1p(-p)); });
}

}  // namespace cupel
