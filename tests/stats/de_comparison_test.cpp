#include "stats/de_comparison.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include "cupel/error.hpp"
#include "support/de_case.hpp"

namespace cupel::test {
namespace {

TEST(DeComparison, RefusesTablesThatDoNotLineUp) {
  const DeTable a = one_target({{1.0, 1.0}, {0.01, 0.5}});
  const DeTable b = one_target({{1.0}, {0.01}});
  const std::vector<std::int32_t> own{-1};
  EXPECT_THROW(DeComparison(a, b, own, {}), Error);
  EXPECT_THROW(DeComparison(a, a, std::vector<std::int32_t>{-1, -1}, {}), Error);
}

TEST(DeComparison, ZerosReadOneWhereNoOtherPValueIsPositive) {
  // g0 and g1 are called with p = 0; everything else is NaN or missing and reads 1, which is then
  // the smallest positive value: all tie.
  const DeColumns real{{1, 1, 1, 1}, {0.01, 0.01, 0.5, 0.01}};
  const DeCase with_nan(one_target(real), one_target({{1, 1, 1, 1}, {0.0, 0.0, kNaN, kNaN}}));
  const DeCase without(one_target(real),
                       make_table({"p"}, {"g0", "g1", "g2", "g3"},
                                  {{"p", "g0", 1.0, 0.0, 0.0}, {"p", "g1", 1.0, 0.0, 0.0}}));
  EXPECT_DOUBLE_EQ(with_nan.scores("de_wilcoxon_roc_auc")[0].value, 0.5);
  EXPECT_DOUBLE_EQ(without.scores("de_wilcoxon_roc_auc")[0].value, 0.5);
}

TEST(DeComparison, OwnGeneCountsOnlyWhereItIsNotExcluded) {
  const std::vector<std::string> features{"p", "g1"};
  const std::vector<DeRow> rows{{"p", "p", -3.0, 0.001, 0.01}, {"p", "g1", 1.0, 0.001, 0.01}};
  Conventions keep;
  keep.de.exclude_target_gene = false;
  const DeCase excluded(make_table({"p"}, features, rows), make_table({"p"}, features, rows));
  const DeCase kept(make_table({"p"}, features, rows), make_table({"p"}, features, rows), keep);
  EXPECT_EQ(excluded.comparison().direction(0).n_conf, 1);
  EXPECT_EQ(kept.comparison().direction(0).n_conf, 2);
  EXPECT_EQ(excluded.comparison().calls(0).counts.real, 2);
}

TEST(DeComparison, CurveOrderEndsWithTheGenesName) {
  // Equal in everything but the name: file order z, a, m; the curve runs a, m, z.
  std::vector<DeRow> rows;
  for (const char* gene : {"z", "a", "m"}) rows.push_back({"p", gene, 1.0, 0.001, 0.01});
  const DeCase de(make_table({"p"}, {"z", "a", "m"}, rows),
                  make_table({"p"}, {"z", "a", "m"}, rows));
  const auto curve = de.comparison().purity_curve(CurvePool::kAll, 0);
  ASSERT_EQ(curve.size(), 3U);
  EXPECT_EQ(curve[0].feature, 1);
  EXPECT_EQ(curve[1].feature, 2);
  EXPECT_EQ(curve[2].feature, 0);
}

TEST(DeComparison, RealGenesWithoutAPredictedRowLeaveThePoolNotTheDenominator) {
  const std::vector<DeRow> real{{"p", "a", 1.0, 0.001, 0.01}, {"p", "b", 1.0, 0.001, 0.01}};
  const std::vector<DeRow> pred{{"p", "a", 1.0, 0.001, 0.01}};
  const DeCase de(make_table({"p"}, {"a", "b"}, real), make_table({"p"}, {"a", "b"}, pred));
  EXPECT_EQ(de.scores("de_wilcoxon_direction_reach_raw")[0].value, 0.5);
}

}  // namespace
}  // namespace cupel::test
