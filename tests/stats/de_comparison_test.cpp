#include "stats/de_comparison.hpp"
#include "cupel/nan.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "cupel/error.hpp"
#include "stats/align_tables.hpp"
#include "stats/auc_score.hpp"
#include "stats/spearman.hpp"
#include "support/de_case.hpp"
#include "support/test_device.hpp"

namespace cupel::test {
namespace {

TEST(DeComparison, RefusesTablesThatDoNotLineUp) {
  const DeTable a = one_target({{1.0, 1.0}, {0.01, 0.5}});
  const DeTable b = one_target({{1.0}, {0.01}});
  const std::vector<std::int32_t> own{-1};
  const auto backend = make_test_backend();
  EXPECT_THROW(DeComparison(a, b, own, {}, *backend), Error);
  EXPECT_THROW(DeComparison(a, a, std::vector<std::int32_t>{-1, -1}, {}, *backend), Error);
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

// Tables with many ties, rows that are missing, and numbers that are none.
std::vector<DeRow> random_rows(const std::vector<std::string>& targets,
                               const std::vector<std::string>& features, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::vector<DeRow> rows;
  for (const auto& target : targets) {
    for (const auto& feature : features) {
      if (rng() % 12 == 0) continue;
      const auto kind = rng() % 10;
      double lfc = static_cast<double>(rng() % 9) - 4.0;
      if (kind == 0) lfc = kNaN;
      if (kind == 1) lfc = std::numeric_limits<double>::infinity();
      if (kind < 4) lfc += 1e-12 * static_cast<double>(rng() % 3);  // equal as floats
      const double p = rng() % 8 == 0 ? 0.0 : 0.1 * static_cast<double>(rng() % 6) / 8.0;
      rows.push_back({target, feature, lfc, p, rng() % 20 == 0 ? kNaN : p});
    }
  }
  return rows;
}

// Of five perturbations; no side has a row for the last.
struct RandomTables {
  std::vector<std::string> targets{"a", "b", "c", "d"};
  std::vector<std::string> features;
  DeTable real, pred;
  RandomTables() {
    for (int g = 0; g < 150; ++g) features.push_back(fmt::format("g{}", g));
    const auto table = [&](std::uint64_t seed) {
      const auto rows = random_rows(targets, features, seed);
      auto all = targets;
      all.emplace_back("e");
      return make_table(all, features, rows);
    };
    real = table(1);
    pred = table(2);
  }
};

std::vector<Conventions> ways_to_sort() {
  std::vector<Conventions> all;
  for (const auto by :
       {SortBy::kAbsLog2FoldChange, SortBy::kLog2FoldChange, SortBy::kPValue, SortBy::kPAdj}) {
    for (const bool float32 : {false, true}) {
      for (const double threshold : {0.05, 2.0}) {  // what the policies set to 1 is called by 2
        Conventions c;
        c.de.sort_by = by;
        c.de.float32_columns = float32;
        c.de.p_adj_threshold = threshold;
        c.de.min_abs_log2_fold_change = float32 ? 0.0 : 1.5;
        c.de.nan_fold_change = float32 ? NanFoldChange::kKeep : NanFoldChange::kMask;
        all.push_back(c);
      }
    }
  }
  return all;
}

// The first `depth` of a side's calls, sorted as the conventions say by comparing them.
std::vector<std::int32_t> first_calls(const DeTable& table, std::int64_t target,
                                      std::vector<std::int32_t> called, const Conventions::De& de,
                                      std::int64_t depth) {
  const CallPolicy policy(de);
  const auto key = [&](std::int32_t gene) {
    const double lfc = table.log2_fold_change.view()(target, gene);
    switch (de.sort_by) {
      case SortBy::kAbsLog2FoldChange:
        return std::abs(policy.read(lfc));
      case SortBy::kLog2FoldChange:
        return policy.read(lfc);
      case SortBy::kPValue:
        return policy.read(table.p_value.view()(target, gene));
      case SortBy::kPAdj:
        break;
    }
    return policy.p_adj(table.p_adj.view()(target, gene), lfc);
  };
  const auto less = [](double a, double b) { return !std::isnan(a) && (std::isnan(b) || a < b); };
  const bool largest_first =
      de.sort_by == SortBy::kAbsLog2FoldChange || de.sort_by == SortBy::kLog2FoldChange;
  std::ranges::stable_sort(called, [&](std::int32_t a, std::int32_t b) {
    return largest_first ? less(key(b), key(a)) : less(key(a), key(b));
  });
  called.resize(std::min(called.size(), static_cast<std::size_t>(depth)));
  std::ranges::sort(called);
  return called;
}

TEST(DeComparison, CommonCallsAreThoseOfTheSortedLists) {
  const RandomTables tables;
  for (const auto& conventions : ways_to_sort()) {
    const DeCase de(over_features(tables.real, tables.features),
                    over_features(tables.pred, tables.features), conventions);
    for (const std::int32_t k : {0, 1, 2, 5, 20, 500}) {
      const auto& common = de.comparison().common_calls(k);
      ASSERT_EQ(common.size(), 5U);
      for (std::int64_t target = 0; target < 5; ++target) {
        const Calls& calls = de.comparison().calls(target);
        const auto common_at = [&](std::int64_t called) {
          const std::int64_t depth = k > 0 ? std::min<std::int64_t>(k, called) : called;
          std::vector<std::int32_t> both;
          std::ranges::set_intersection(
              first_calls(tables.real, target, calls.real, conventions.de, depth),
              first_calls(tables.pred, target, calls.pred, conventions.de, depth),
              std::back_inserter(both));
          return std::ssize(both);
        };
        const auto& actual = common[static_cast<std::size_t>(target)];
        EXPECT_EQ(actual.at_real_depth, common_at(calls.counts.real));
        EXPECT_EQ(actual.at_pred_depth, common_at(calls.counts.pred));
        EXPECT_EQ(calls.counts.both > 0, target < 4);
      }
    }
  }
}

TEST(DeComparison, RanksFoldChangesOverTheTruthsCalls) {
  const RandomTables tables;
  for (const auto& conventions : ways_to_sort()) {
    const CallPolicy policy(conventions.de);
    const DeCase de(over_features(tables.real, tables.features),
                    over_features(tables.pred, tables.features), conventions);
    for (const auto trend : {Trend::kAny, Trend::kUp, Trend::kDown}) {
      const auto& agreement = de.comparison().rank_agreement(trend);
      for (std::int64_t target = 0; target < 5; ++target) {
        std::vector<double> real;
        std::vector<double> pred;
        for (const std::int32_t gene : de.comparison().calls(target).real) {
          const double x = policy.read(tables.real.log2_fold_change.view()(target, gene));
          const double y = policy.read(tables.pred.log2_fold_change.view()(target, gene));
          if (trend == Trend::kUp && x <= 0.0) continue;
          if (trend == Trend::kDown && !(x < 0.0)) continue;
          real.push_back(x);
          pred.push_back(de.comparison().in_pred(target, gene) ? y : 0.0);
        }
        const auto& actual = agreement[static_cast<std::size_t>(target)];
        EXPECT_EQ(actual.genes, std::ssize(real));
        const double rho = spearman(real, pred);
        EXPECT_TRUE(actual.rho == rho || (std::isnan(actual.rho) && std::isnan(rho)))
            << actual.rho << " and " << rho;
      }
    }
  }
}

TEST(DeComparison, AreasAreOfScoresOverTheTruthsRows) {
  const RandomTables tables;
  for (const auto floor : {AucFloor::kClip, AucFloor::kReplaceZero}) {
    for (auto conventions : ways_to_sort()) {
      conventions.de.auc_floor = floor;
      const CallPolicy policy(conventions.de);
      const DeCase de(over_features(tables.real, tables.features),
                      over_features(tables.pred, tables.features), conventions);
      const auto& areas = de.comparison().ranking_areas();
      ASSERT_EQ(areas.size(), 5U);
      for (std::int64_t target = 0; target < 5; ++target) {
        std::vector<double> score;
        std::vector<std::uint8_t> called;
        for (std::int32_t gene = 0; gene < 150; ++gene) {
          if (!de.comparison().in_real(target, gene)) continue;
          double q = policy.p_adj(tables.pred.p_adj.view()(target, gene),
                                  tables.pred.log2_fold_change.view()(target, gene));
          if (std::isnan(q) || !de.comparison().in_pred(target, gene)) q = 1.0;
          score.push_back(auc_score(q, conventions.de, 0.0));
          called.push_back(std::ranges::binary_search(de.comparison().calls(target).real, gene));
        }
        const RankingAreas expected = ranking_areas(score, called);
        const RankingAreas& actual = areas[static_cast<std::size_t>(target)];
        EXPECT_EQ(actual.single_class, expected.single_class);
        EXPECT_NEAR(actual.precision_recall, expected.precision_recall, 1e-14);
        EXPECT_EQ(actual.roc, expected.roc);
      }
    }
  }
}

}  // namespace
}  // namespace cupel::test
