#pragma once
#include <cstdint>
#include <vector>

namespace cupel {

// The rank test's null distribution where no two values tie: each of the C(n1 + n2, n1) orders of
// the two groups' cells is as likely as any other. What scipy computes in place of the normal
// approximation where one group has at most eight cells, and with it pdex before 0.2.
class ExactRankSum {
 public:
  // Empty without cells, and where there are too many orders to count in 128 bits: eight cells
  // against some hundred thousand.
  ExactRankSum(std::int64_t n1, std::int64_t n2);
  [[nodiscard]] bool empty() const noexcept { return at_least_.empty(); }

  // Two-sided: twice the share of orders whose U is at least that of the group with the larger U,
  // at most 1. `two_u` is twice U of either group; without ties it is even.
  [[nodiscard]] double p_value(std::int64_t two_u) const;

 private:
  std::vector<double> at_least_;  // share of orders with U of at least u
};

}  // namespace cupel
