#include "quality/e_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "quality/noise_ceiling.hpp"
#include "quality/strata.hpp"
#include "quality/views.hpp"
#include "uncertainty/multiple_tests.hpp"

namespace cupel::quality::test {
namespace {

using namespace cupel::test;

Dense distances(const Dense& cells, bool squared) {
  Dense result = zeros(cells.rows, cells.rows);
  for (std::int64_t i = 0; i < cells.rows; ++i) {
    for (std::int64_t j = 0; j < cells.rows; ++j) {
      double sum = 0.0;
      for (std::int64_t g = 0; g < cells.cols; ++g) sum += std::pow(cells(i, g) - cells(j, g), 2);
      result(i, j) = squared ? sum : std::sqrt(sum);
    }
  }
  return result;
}

// All pairs of a split, one by one; first[i] says that cell i is of the first group.
double slow_e_distance(const Dense& distance, const std::vector<bool>& first, Within within) {
  double sums[3] = {};
  double pairs[3] = {};
  for (std::int64_t i = 0; i < distance.rows; ++i) {
    for (std::int64_t j = 0; j < distance.rows; ++j) {
      if (within == Within::kU && i == j) continue;
      const int kind = static_cast<int>(first[static_cast<std::size_t>(i)]) +
                       static_cast<int>(first[static_cast<std::size_t>(j)]);
      sums[kind] += distance(i, j);
      pairs[kind] += 1.0;
    }
  }
  return 2.0 * sums[1] / pairs[1] - sums[0] / pairs[0] - sums[2] / pairs[2];
}

TEST(ETest, LooksAtEverySplitOfFewCells) {
  for (const auto& [n_first, n_second] : {std::pair{1, 1}, {1, 4}, {3, 3}, {2, 5}, {6, 3}}) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      const auto within = repeat % 2 == 0 ? Within::kV : Within::kU;
      if (within == Within::kU && n_first == 1) continue;
      Dense cells = random_matrix(n_first + n_second, 2, static_cast<std::uint64_t>(repeat));
      for (double& value : cells.values) value = std::round(value);  // splits that tie
      const Dense distance = distances(cells, false);
      std::vector<bool> first(static_cast<std::size_t>(n_first + n_second), false);
      std::fill(first.begin(), first.begin() + n_first, true);
      const double observed = slow_e_distance(distance, first, within);
      int splits = 0;
      int at_least = 0;
      int beyond = 0;
      std::sort(first.begin(), first.end());
      do {
        const double e = slow_e_distance(distance, first, within);
        ++splits;
        at_least += e >= observed - 1e-9 ? 1 : 0;
        beyond += e > observed + 1e-9 ? 1 : 0;
      } while (std::next_permutation(first.begin(), first.end()));
      ETestOptions options;
      options.within = within;
      const ETest test = e_test(view(distance), n_first, options);
      EXPECT_TRUE(test.exact);
      EXPECT_NEAR(test.observed, observed, 1e-12);
      EXPECT_EQ(test.splits, splits);
      EXPECT_EQ(test.at_least, at_least);
      EXPECT_EQ(test.beyond, beyond);
      EXPECT_EQ(test.p_value, static_cast<double>(at_least) / splits);
    }
  }
}

TEST(ETest, DrawsSplitsOfManyCells) {
  const Dense cells = random_matrix(12, 2, 3);
  const Dense distance = distances(cells, true);
  const ETest exact = e_test(view(distance), 5);
  ETestOptions options;
  options.exact_up_to = 10;
  options.draws = 20'000;
  const ETest drawn = e_test(view(distance), 5, options);
  EXPECT_TRUE(exact.exact);
  EXPECT_FALSE(drawn.exact);
  EXPECT_EQ(drawn.observed, exact.observed);
  EXPECT_EQ(drawn.p_value, (static_cast<double>(drawn.at_least) + 1.0) / 20'001.0);
  EXPECT_NEAR(drawn.p_value, exact.p_value, 0.02);
  const auto all = with_thread_counts(
      [&] { return std::vector<double>{e_test(view(distance), 5, options).p_value}; });
  EXPECT_TRUE(same_bits(all[0], all[1]));
  EXPECT_TRUE(same_bits(all[0], all[2]));
}

TEST(ETest, NeedsCellsInBothGroups) {
  const Dense distance = distances(random_matrix(4, 2, 1), false);
  ETestOptions unbiased;
  unbiased.within = Within::kU;
  for (const ETest& test : {e_test(view(distance), 0), e_test(view(distance), 4),
                            e_test(view(distance), 1, unbiased)}) {
    EXPECT_TRUE(std::isnan(test.p_value));
    EXPECT_TRUE(std::isnan(test.observed));
    EXPECT_EQ(test.undefined_because, "a group has too few cells");
  }
  Dense gap = distance;
  gap(0, 1) = std::nan("");
  EXPECT_EQ(e_test(view(gap), 2).undefined_because, "a distance is not a number");
}

TEST(ETest, OfCellsThatAreAllTheSameIsOne) { EXPECT_EQ(e_test(view(zeros(6, 6)), 3).p_value, 1.0); }

// A screen in which most perturbations do nothing.
TEST(Strata, HoldPlantedNullsInTheNullStratumAtTheStatedRate) {
  std::mt19937_64 rng(8);
  std::normal_distribution<double> normal;
  const std::int64_t perturbations = 600;
  const std::int64_t strong = 60;
  const std::int64_t cells = 15;
  const std::int64_t dimensions = 4;
  std::vector<double> p_values;
  std::vector<double> r_full;
  for (std::int64_t p = 0; p < perturbations; ++p) {
    Dense both = random_matrix(2 * cells, dimensions, 100 + static_cast<std::uint64_t>(p));
    std::vector<double> half_a;
    std::vector<double> half_b;
    for (std::int64_t d = 0; d < dimensions; ++d) {
      const double effect = p < strong ? 1.5 * (d % 2 == 0 ? 1.0 : -1.0) : 0.0;
      for (std::int64_t cell = 0; cell < cells; ++cell) both(cell, d) += effect;
      half_a.push_back(effect + 0.3 * normal(rng));
      half_b.push_back(effect + 0.3 * normal(rng));
    }
    ETestOptions options;
    options.draws = 1999;
    options.series = static_cast<std::uint32_t>(p);
    p_values.push_back(e_test(view(distances(both, true)), cells, options).p_value);
    r_full.push_back(split_half(half_a, half_b).r_full.value);
  }
  const auto nulls = static_cast<double>(perturbations - strong);
  const auto found =
      std::count_if(p_values.begin() + strong, p_values.end(), [](double p) { return p < 0.05; });
  EXPECT_NEAR(static_cast<double>(found) / nulls, 0.05, 4.0 * std::sqrt(0.05 * 0.95 / nulls));
  // Unadjusted, one null in twenty leaves its stratum; of the strong ones nearly all do.
  std::int64_t nulls_as_null = 0;
  std::int64_t strong_as_strong = 0;
  for (std::int64_t p = 0; p < perturbations; ++p) {
    const auto at = static_cast<std::size_t>(p);
    const Stratum stratum = stratum_of(p_values[at], r_full[at]);
    nulls_as_null += p >= strong && stratum == Stratum::kNull ? 1 : 0;
    strong_as_strong += p < strong && stratum == Stratum::kStrong ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(nulls_as_null) / nulls, 0.95,
              4.0 * std::sqrt(0.05 * 0.95 / nulls));
  EXPECT_GE(strong_as_strong, strong - 3);
  // Adjusted, a screen of nulls has a false call in at most one of twenty, and strong effects stay.
  int screens_with_false_call = 0;
  for (std::size_t screen = 0; screen < 18; ++screen) {
    const auto first = p_values.begin() + strong + static_cast<std::ptrdiff_t>(30 * screen);
    const auto adjusted = holm_sidak(std::vector<double>(first, first + 30));
    screens_with_false_call += std::ranges::min(adjusted) < 0.05 ? 1 : 0;
  }
  EXPECT_LE(screens_with_false_call, 3);
  const auto adjusted = holm_sidak(
      std::vector<double>(p_values.begin() + strong - 1, p_values.begin() + strong + 29));
  EXPECT_LT(adjusted[0], 0.05) << "one strong effect among nulls";
}

}  // namespace
}  // namespace cupel::quality::test
