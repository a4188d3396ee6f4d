#include "stats/align_tables.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/de_case.hpp"

namespace cupel::test {
namespace {

TEST(OnFeatures, PutsEachTestUnderItsGeneAndLeavesTheOthersAbsent) {
  const auto table = make_table({"A", "B"}, {"g1", "g4"},
                                {{"A", "g1", 1.0, 0.01, 0.02},
                                 {"A", "g4", -2.0, 0.03, 0.04},
                                 {"B", "g1", 3.0, 0.05, 0.06},
                                 {"B", "g4", -4.0, 0.07, 0.08}});
  const std::vector<std::int32_t> from{1, 4};
  const std::vector<std::int32_t> to{0, 1, 3, 4};
  const auto wide = on_features(table, from, to, {"g0", "g1", "g3", "g4"});
  EXPECT_EQ(wide.targets, table.targets);
  EXPECT_EQ(wide.features, (std::vector<std::string>{"g0", "g1", "g3", "g4"}));
  EXPECT_EQ(wide.absent, (std::vector<std::uint8_t>{1, 0, 1, 0, 1, 0, 1, 0}));
  EXPECT_EQ(wide.log2_fold_change.view()(0, 1), 1.0);
  EXPECT_EQ(wide.log2_fold_change.view()(1, 3), -4.0);
  EXPECT_EQ(wide.p_value.view()(1, 1), 0.05);
  EXPECT_EQ(wide.p_adj.view()(0, 3), 0.04);
  EXPECT_TRUE(std::isnan(wide.p_adj.view()(0, 0)));
}

// What no row says is not what a row of 1 says: a call that the other side never tested is a call.
TEST(OnFeatures, KeepsCountsOfCallsAndOfTests) {
  const auto real =
      make_table({"A"}, {"x", "y"}, {{"A", "x", 1.0, 0.0, 0.0}, {"A", "y", 1.0, 0.0, 0.0}});
  const auto pred =
      make_table({"A"}, {"y", "z"}, {{"A", "y", 1.0, 0.0, 0.0}, {"A", "z", 1.0, 0.0, 0.0}});
  const std::vector<std::int32_t> all{0, 1, 2};
  const std::vector<std::string> names{"x", "y", "z"};
  const auto wide_real = on_features(real, std::vector<std::int32_t>{0, 1}, all, names);
  const auto wide_pred = on_features(pred, std::vector<std::int32_t>{1, 2}, all, names);
  const DeComparison both(wide_real, wide_pred, std::vector<std::int32_t>{-1}, {});
  EXPECT_EQ(both.calls(0).counts.real, 2);
  EXPECT_EQ(both.calls(0).counts.pred, 2);
  EXPECT_EQ(both.calls(0).counts.both, 1);
  EXPECT_EQ(both.calls(0).tested, 3);
}

}  // namespace
}  // namespace cupel::test
