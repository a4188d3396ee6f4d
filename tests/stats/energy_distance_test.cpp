#include "stats/energy_distance.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "support/backend_test.hpp"
#include "support/matrices.hpp"

namespace cupel::test {
namespace {

// The definition, pair by pair and gene by gene.
double distance(const DenseCells& a, std::int64_t i, const DenseCells& b, std::int64_t j) {
  double squares = 0.0;
  for (std::int64_t gene = 0; gene < a.cols; ++gene) {
    squares += (a(i, gene) - b(j, gene)) * (a(i, gene) - b(j, gene));
  }
  return std::sqrt(squares);
}

double mean_distance(const DenseCells& a, std::int64_t begin, std::int64_t end, const DenseCells& b,
                     std::int64_t b_begin, std::int64_t b_end) {
  double sum = 0.0;
  for (auto i = begin; i < end; ++i) {
    for (auto j = b_begin; j < b_end; ++j) sum += distance(a, i, b, j);
  }
  return sum / static_cast<double>((end - begin) * (b_end - b_begin));
}

// Log expression: two thirds zeros.
DenseCells random_logs(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  DenseCells cells{rows, cols, {}};
  for (std::int64_t i = 0; i < rows * cols; ++i) {
    cells.values.push_back(uniform(rng) < 0.67 ? 0.0 : static_cast<float>(5.0 * uniform(rng)));
  }
  return cells;
}

// Around the sizes at which blocks and slabs end.
struct Sizes {
  std::int64_t cells;
  std::int64_t others;
  std::int64_t genes;
};
constexpr Sizes kSizes[] = {{1, 1, 1},    {2, 31, 7},    {33, 32, 20},   {40, 33, 31},
                            {5, 64, 512}, {34, 7, 513}, {3, 35, 1100}};

TEST(MeanDistances, AreTheDefinitions) {
  for (const auto& [n, m, genes] : kSizes) {
    for (const auto type : {ValueType::kF32, ValueType::kF64}) {
      const auto a = random_logs(n, genes, 1);
      const auto b = random_logs(m, genes, 2);
      const Cells cells = compress(a, GeneType::kU16, type);
      const Cells others = compress(b, GeneType::kU32, ValueType::kF64);
      const std::vector<std::int64_t> start{0, n / 3, n};
      const auto between = mean_distances_between(cells.view(), start, others.view());
      const auto within = mean_distances_within(cells.view(), start);
      ASSERT_EQ(between.size(), 2U);
      for (std::size_t k = 0; k < 2; ++k) {
        const auto first = start[k];
        const auto last = start[k + 1];
        if (first == last) {
          EXPECT_TRUE(std::isnan(between[k]));
          EXPECT_TRUE(std::isnan(within[k]));
          continue;
        }
        // lengths that cancel to a millionth leave ten digits
        const double expected = mean_distance(a, first, last, b, 0, m);
        EXPECT_NEAR(between[k], expected, 1e-9 * expected) << n << " " << m;
        const double inside = mean_distance(a, first, last, a, first, last);
        EXPECT_NEAR(within[k], inside, 1e-9 * inside) << n;
      }
    }
  }
}

TEST(MeanDistances, AreTheDefinitionsWhereGroupsAreLongerThanASlab) {
  const auto a = random_logs(1100, 5, 3);
  const auto b = random_logs(18, 5, 4);
  const Cells cells = compress(a, GeneType::kU16, ValueType::kF32);
  const Cells others = compress(b, GeneType::kU16, ValueType::kF32);
  const std::vector<std::int64_t> start{0, 7, 1100};
  const auto between = mean_distances_between(cells.view(), start, others.view());
  EXPECT_NEAR(between[0], mean_distance(a, 0, 7, b, 0, 18), 1e-9);
  EXPECT_NEAR(between[1], mean_distance(a, 7, 1100, b, 0, 18), 1e-9);
  EXPECT_NEAR(mean_distances_within(cells.view(), start)[1], mean_distance(a, 7, 1100, a, 7, 1100),
              1e-9);
}

TEST(MeanDistances, AreExactlyZeroBetweenEqualCells) {
  // Lengths whose squares round: their difference is not 0.
  DenseCells cells{3, 3, {0.1, 0.7, 3.3, 0.1, 0.7, 3.3, 0.1, 0.7, 3.3}};
  const Cells equal = compress(cells, GeneType::kU16, ValueType::kF64);
  EXPECT_EQ(mean_distances_between(equal.view(), std::vector<std::int64_t>{0, 3}, equal.view())[0],
            0.0);
  EXPECT_EQ(mean_distances_within(equal.view(), std::vector<std::int64_t>{0, 3})[0], 0.0);
}

// Cells that differ in the ninth digit: lengths alone would leave no digit of their distance.
TEST(MeanDistances, KeepTheirDigitsBetweenCellsThatAreNearlyEqual) {
  const double near = 5e-9;
  DenseCells cells{2, 2, {3.0, 4.0, 3.0 + near, 4.0}};
  const Cells pair = compress(cells, GeneType::kU16, ValueType::kF64);
  const double moved = (3.0 + near) - 3.0;
  EXPECT_DOUBLE_EQ(mean_distances_within(pair.view(), std::vector<std::int64_t>{0, 2})[0],
                   moved / 2.0);
}

TEST(MeanDistances, AreTheSameBitsForAnyNumberOfThreads) {
  const Cells cells = compress(random_logs(61, 40, 5), GeneType::kU16, ValueType::kF32);
  const Cells others = compress(random_logs(50, 40, 6), GeneType::kU16, ValueType::kF32);
  const std::vector<std::int64_t> start{0, 20, 61};
  const auto values = with_thread_counts([&] {
    auto all = mean_distances_between(cells.view(), start, others.view());
    const auto within = mean_distances_within(cells.view(), start);
    all.insert(all.end(), within.begin(), within.end());
    return all;
  });
  EXPECT_TRUE(same_bits(values[0], values[1]));
  EXPECT_TRUE(same_bits(values[0], values[2]));
}

}  // namespace
}  // namespace cupel::test
