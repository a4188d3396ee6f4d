#include "stats/exact_rank_sum.hpp"

#include <algorithm>
#include <cmath>

namespace cupel {
namespace {

__extension__ using Count = unsigned __int128;

constexpr double kLogMost = 127.0 * 0.69314718055994531;  // of 2^127

double log_orders(std::int64_t n1, std::int64_t n2) {
  const auto a = static_cast<double>(n1);
  const auto b = static_cast<double>(n2);
  return std::lgamma(a + b + 1.0) - std::lgamma(a + 1.0) - std::lgamma(b + 1.0);
}

// Orders by U: the coefficients of prod_{i=1..n} (1 - q^{m+i}) / (1 - q^i), whole numbers. What
// goes beyond 128 bits on the way comes back, because all of it is modulo 2^128.
std::vector<Count> orders_by_u(std::int64_t n, std::int64_t m) {
  const auto size = n * m + 1;
  std::vector<Count> counts(static_cast<std::size_t>(size), 0);
  counts[0] = 1;
  for (std::int64_t i = 1; i <= n; ++i) {
    for (auto u = size - 1; u >= m + i; --u) {
      counts[static_cast<std::size_t>(u)] -= counts[static_cast<std::size_t>(u - m - i)];
    }
    for (auto u = i; u < size; ++u) {
      counts[static_cast<std::size_t>(u)] += counts[static_cast<std::size_t>(u - i)];
    }
  }
  return counts;
}

}  // namespace

ExactRankSum::ExactRankSum(std::int64_t n1, std::int64_t n2) {
  if (n1 < 1 || n2 < 1 || log_orders(n1, n2) > kLogMost) return;
  const auto counts = orders_by_u(std::min(n1, n2), std::max(n1, n2));
  at_least_.resize(counts.size());
  Count above = 0;
  for (auto u = counts.size(); u-- > 0;) {
    above += counts[u];
    at_least_[u] = static_cast<double>(above);
  }
  const double all = at_least_[0];
  for (auto& share : at_least_) share /= all;
}

double ExactRankSum::p_value(std::int64_t two_u) const {
  const auto u = two_u / 2;
  const auto larger = std::max(u, std::ssize(at_least_) - 1 - u);
  return std::min(1.0, 2.0 * at_least_[static_cast<std::size_t>(larger)]);
}

}  // namespace cupel
