#include "stats/exact_rank_sum.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

namespace cupel {
namespace {

// Every order of n1 + n2 cells, by hand: bit i says that the cell of rank i is of the first group.
double by_hand(int n1, int n2, int u_asked) {
  int all = 0;
  int as_extreme = 0;
  const int larger_asked = std::max(u_asked, n1 * n2 - u_asked);
  for (unsigned order = 0; order < (1U << (n1 + n2)); ++order) {
    if (std::popcount(order) != n1) continue;
    int u = 0;
    int others = 0;
    for (int i = 0; i < n1 + n2; ++i) {
      if ((order >> i & 1U) != 0) {
        u += others;
      } else {
        ++others;
      }
    }
    ++all;
    as_extreme += u >= larger_asked ? 1 : 0;
  }
  return std::min(1.0, 2.0 * as_extreme / all);
}

TEST(ExactRankSum, CountsEveryOrder) {
  for (const auto& [n1, n2] : {std::pair{1, 1}, {1, 9}, {2, 7}, {8, 8}, {5, 3}}) {
    const ExactRankSum exact(n1, n2);
    for (int u = 0; u <= n1 * n2; ++u) {
      EXPECT_DOUBLE_EQ(exact.p_value(2 * u), by_hand(n1, n2, u)) << n1 << " " << n2 << " " << u;
    }
  }
}

// scipy 1.17: mannwhitneyu(x, y, method="exact") of one cell among 64 others, U = 20, and of eight
// against 3,000 with U = 4,000 and 100.
TEST(ExactRankSum, IsScipys) {
  EXPECT_NEAR(ExactRankSum(1, 64).p_value(40), 0.6461538461538462, 1e-15);
  EXPECT_NEAR(ExactRankSum(3000, 8).p_value(8000), 0.0005078958236022776, 1e-15);
  EXPECT_NEAR(ExactRankSum(8, 3000).p_value(200), 2.8065928096446917e-16, 1e-27);
}

TEST(ExactRankSum, GivesUpWhereThereAreTooManyOrders) {
  EXPECT_FALSE(ExactRankSum(8, 100000).empty());
  EXPECT_TRUE(ExactRankSum(8, 1000000).empty());
  EXPECT_TRUE(ExactRankSum(0, 3).empty());
}

}  // namespace
}  // namespace cupel
