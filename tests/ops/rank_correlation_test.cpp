#include <cmath>

#include "support/column_sets.hpp"

namespace cupel::test {
namespace {

// How many values are below, and half of how many are equal: the mean rank less one half.
std::vector<long double> slow_mean_ranks(const std::vector<double>& values) {
  std::vector<long double> ranks;
  for (const double x : values) {
    long double rank = 0.0L;
    for (const double y : values) {
      const bool same = x == y || (std::isnan(x) && std::isnan(y));
      const bool below = !std::isnan(y) && (std::isnan(x) || y < x);
      rank += same ? 0.5L : below ? 1.0L : 0.0L;
    }
    ranks.push_back(rank);
  }
  return ranks;
}

double slow_correlation(const Dense& a, const Dense& b, const ColumnSets& among, std::int64_t row,
                        bool float32) {
  std::vector<double> x;
  std::vector<double> y;
  const auto read = [&](double value) {
    return float32 ? static_cast<double>(static_cast<float>(value)) : value;
  };
  for (const auto col : among.columns(row)) {
    x.push_back(read(a(row, col)));
    y.push_back(read(b(row, col)));
  }
  const auto rank_x = slow_mean_ranks(x);
  const auto rank_y = slow_mean_ranks(y);
  const long double mean = static_cast<long double>(x.size()) / 2.0L;
  long double sxy = 0.0L;
  long double sxx = 0.0L;
  long double syy = 0.0L;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sxy += (rank_x[i] - mean) * (rank_y[i] - mean);
    sxx += (rank_x[i] - mean) * (rank_x[i] - mean);
    syy += (rank_y[i] - mean) * (rank_y[i] - mean);
  }
  return x.size() < 2 ? std::nan("") : static_cast<double>(sxy / std::sqrt(sxx * syy));
}

std::vector<double> fast_correlation(Backend& backend, const Dense& a, const Dense& b,
                                     const ColumnSets& among, bool float32 = false) {
  const auto on_a = to_backend(backend, a);
  const auto on_b = to_backend(backend, b);
  const auto sets = sets_to_backend(backend, among);
  const auto rho = backend.rank_correlation(on_a.view(), on_b.view(), sets.view(), float32);
  EXPECT_EQ(rho.rows(), a.rows);
  EXPECT_EQ(rho.cols(), 1);
  return to_host(backend, rho);
}

void expect_correlations(Backend& backend, const Dense& a, const Dense& b, const ColumnSets& among,
                         bool float32) {
  const auto rho = fast_correlation(backend, a, b, among, float32);
  for (std::int64_t row = 0; row < a.rows; ++row) {
    const double expected = slow_correlation(a, b, among, row, float32);
    const double actual = rho[static_cast<std::size_t>(row)];
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(actual)) << "row " << row;
    } else {
      EXPECT_NEAR(actual, expected, 1e-15) << "row " << row;  // two roundings of exact sums
    }
  }
}

class RankCorrelation : public PerShape {};

TEST_P(RankCorrelation, MatchesTheDefinition) {
  const auto [all_rows, cols] = std::get<1>(GetParam());
  const auto rows = std::min<std::int64_t>(all_rows, 40);
  const auto a = values_with_ties(rows, cols, 1);
  auto b = values_with_ties(rows, cols, 2);
  for (std::size_t i = 0; i < b.values.size(); i += 3) b.values[i] = a.values[i];
  const auto among = random_sets(rows, cols, 3);
  expect_correlations(*backend, a, b, among, false);
  expect_correlations(*backend, a, b, among, true);
}

TEST_P(RankCorrelation, IsTheSameBitsForAnyNumberOfThreads) {
  const auto [all_rows, cols] = std::get<1>(GetParam());
  const auto rows = std::min<std::int64_t>(all_rows, 40);
  const auto a = values_with_ties(rows, cols, 4);
  const auto b = values_with_ties(rows, cols, 5);
  const auto among = random_sets(rows, cols, 6);
  const auto results = with_thread_counts([&] { return fast_correlation(*backend, a, b, among); });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

// Sums are exact, so that no order of them shows.
TEST_P(RankCorrelation, IsTheSameBitsOnEveryBackend) {
  const auto [all_rows, cols] = std::get<1>(GetParam());
  const auto rows = std::min<std::int64_t>(all_rows, 40);
  const auto a = values_with_ties(rows, cols, 7);
  const auto b = values_with_ties(rows, cols, 8);
  const auto among = random_sets(rows, cols, 9);
  const auto cpu = make_backend("cpu");
  EXPECT_TRUE(same_bits(fast_correlation(*backend, a, b, among, true),
                        fast_correlation(*cpu, a, b, among, true)));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, RankCorrelation, every_shape(), shape_name);

class RankCorrelationOnce : public PerBackend {};

// Around a word of bits and what a block takes at a time, and where keys are sorted by their
// digits.
TEST_P(RankCorrelationOnce, TakesRowsOfAnyLength) {
  for (const std::int64_t cols : {63, 64, 65, 511, 512, 513, 2100}) {
    const auto a = values_with_ties(5, cols, 10);
    expect_correlations(*backend, a, values_with_ties(5, cols, 11), random_sets(5, cols, 12),
                        false);
  }
}

// Squares of ranks of so many columns leave 32 bits.
TEST_P(RankCorrelationOnce, TakesMoreColumnsThanSixteenBitsCount) {
  constexpr std::int64_t kCols = 70001;
  auto up = zeros(2, kCols);
  auto down = zeros(2, kCols);
  for (std::int64_t col = 0; col < kCols; ++col) {
    up(0, col) = up(1, col) = down(0, col) = static_cast<double>(col);
    down(1, col) = static_cast<double>(-col);
  }
  EXPECT_EQ(fast_correlation(*backend, up, down, all_columns(2, kCols)),
            (std::vector<double>{1.0, -1.0}));
}

TEST_P(RankCorrelationOnce, IsExactlyOneForEqualOrders) {
  const Dense a{1, 5, {1.0, 2.0, 2.0, 5.0, -7.0}};
  const Dense b{1, 5, {10.0, 20.0, 20.0, 21.0, 9.0}};
  EXPECT_EQ(fast_correlation(*backend, a, b, all_columns(1, 5)), std::vector<double>{1.0});
}

TEST_P(RankCorrelationOnce, IsUndefinedForOneColumnAndWhereASideDoesNotVary) {
  const Dense a{1, 3, {1.0, 2.0, 3.0}};
  const Dense level{1, 3, {0.0, -0.0, 0.0}};
  auto one = no_columns(1, 3);
  one(0, 1) = 1;
  EXPECT_TRUE(std::isnan(fast_correlation(*backend, a, a, one)[0]));
  EXPECT_TRUE(std::isnan(fast_correlation(*backend, a, a, no_columns(1, 3))[0]));
  EXPECT_TRUE(std::isnan(fast_correlation(*backend, a, level, all_columns(1, 3))[0]));
  EXPECT_TRUE(std::isnan(fast_correlation(*backend, level, a, all_columns(1, 3))[0]));
}

TEST_P(RankCorrelationOnce, TakesNoRowsAndNoColumns) {
  EXPECT_TRUE(fast_correlation(*backend, zeros(0, 5), zeros(0, 5), no_columns(0, 5)).empty());
  const auto rho = fast_correlation(*backend, zeros(2, 0), zeros(2, 0), no_columns(2, 0));
  EXPECT_TRUE(std::isnan(rho[0]) && std::isnan(rho[1]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, RankCorrelationOnce, every_backend());

// Rows go a few at a time where there is little memory.
TEST(RankCorrelationInLittleMemory, GivesTheSameBits) {
  const auto a = values_with_ties(41, 300, 13);
  const auto b = values_with_ties(41, 300, 14);
  const auto among = random_sets(41, 300, 15);
  const auto in_memory = [&](std::int64_t limit) {
    return fast_correlation(*make_backend_on_cpu(limit), a, b, among);
  };
  const auto plenty = in_memory(0);
  EXPECT_TRUE(same_bits(in_memory(400'000), plenty));
  EXPECT_THROW(in_memory(200'000), Error);
}

}  // namespace
}  // namespace cupel::test
