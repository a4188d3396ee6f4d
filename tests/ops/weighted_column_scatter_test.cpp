#include <cmath>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

double slow_scatter(const Dense& x, const std::vector<double>& weight,
                    const std::vector<std::int32_t>& excluded) {
  long double scatter = 0.0L;
  for (std::int64_t col = 0; col < x.cols; ++col) {
    long double sum_w = 0.0L;
    long double sum_wx = 0.0L;
    long double sum_wxx = 0.0L;
    int rows = 0;
    for (std::int64_t row = 0; row < x.rows; ++row) {
      if (excluded[static_cast<std::size_t>(row)] == col) continue;
      const long double w = weight[static_cast<std::size_t>(row)];
      ++rows;
      sum_w += w;
      sum_wx += w * x(row, col);
      sum_wxx += w * x(row, col) * x(row, col);
    }
    if (rows >= 2) scatter += std::max(0.0L, sum_wxx - sum_wx * sum_wx / sum_w);
  }
  return static_cast<double>(scatter);
}

class WeightedColumnScatter : public PerShape {
 protected:
  double of(const Dense& x, const std::vector<double>& weight,
            const std::vector<std::int32_t>& excluded) {
    return to_host(*backend, backend->weighted_column_scatter(to_backend(*backend, x).view(),
                                                              weight, excluded))[0];
  }
  // Rows leave out their own column, column 0, the last one or none.
  static std::vector<std::int32_t> mixed_exclusion(const Dense& x) {
    std::vector<std::int32_t> excluded;
    for (std::int64_t row = 0; row < x.rows; ++row) {
      const std::int64_t choice[] = {row % x.cols, 0, x.cols - 1, -1};
      excluded.push_back(static_cast<std::int32_t>(choice[row % 4]));
    }
    return excluded;
  }
  static std::vector<double> some_weights(std::int64_t rows) {
    auto weight = random_matrix(rows, 1, 121).values;
    for (double& w : weight) w = 0.1 + std::fabs(w);
    return weight;
  }
};

TEST_P(WeightedColumnScatter, MatchesTheDefinition) {
  const auto [rows, cols] = std::get<1>(GetParam());
  auto x = random_matrix(rows, cols, 122);
  for (double& value : x.values) value += 5.0;
  const auto weight = some_weights(rows);
  const auto excluded = mixed_exclusion(x);
  const double expected = slow_scatter(x, weight, excluded);
  EXPECT_NEAR(of(x, weight, excluded), expected, 1e-13 * expected);  // sums of 65,000 doubles
}

// About a common level of 1e6 the textbook form would lose all but four digits.
TEST_P(WeightedColumnScatter, DoesNotDependOnACommonShift) {
  const auto [rows, cols] = std::get<1>(GetParam());
  auto x = random_matrix(rows, cols, 123);
  for (double& value : x.values) value = std::round(value * 1024.0) / 1024.0;  // shifts exactly
  const auto weight = some_weights(rows);
  const auto excluded = mixed_exclusion(x);
  const double expected = slow_scatter(x, weight, excluded);
  for (double& value : x.values) value += 1e6;
  EXPECT_NEAR(of(x, weight, excluded), expected, 1e-10 * expected);
}

TEST_P(WeightedColumnScatter, IsTheSameBitsForAnyNumberOfThreads) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto x = random_matrix(rows, cols, 124);
  const auto results = with_thread_counts(
      [&] { return std::vector<double>{of(x, some_weights(x.rows), mixed_exclusion(x))}; });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, WeightedColumnScatter, every_shape(), shape_name);

class WeightedColumnScatterOnce : public PerBackend {};

TEST_P(WeightedColumnScatterOnce, GivesNothingForColumnsWithFewerThanTwoRows) {
  const auto x = to_backend(*backend, {2, 2, {1, 5, 4, 7}});
  const std::vector<double> weight{1, 1};
  const auto of = [&](const std::vector<std::int32_t>& excluded) {
    return to_host(*backend, backend->weighted_column_scatter(x.view(), weight, excluded))[0];
  };
  EXPECT_DOUBLE_EQ(of({-1, -1}), 4.5 + 2.0);
  EXPECT_DOUBLE_EQ(of({0, -1}), 2.0);
  EXPECT_DOUBLE_EQ(of({0, 1}), 0.0);
  EXPECT_DOUBLE_EQ(of({1, 1}), 4.5);
}

// A single row scatters by nothing whatever it holds; its mean alone would not tell.
TEST_P(WeightedColumnScatterOnce, GivesNothingForASingleRowThatIsNotFinite) {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto x = to_backend(*backend, {2, 2, {infinity, 5, 4, 7}});
  const std::vector<double> weight{1, 1};
  const std::vector<std::int32_t> excluded{-1, 0};
  EXPECT_DOUBLE_EQ(
      to_host(*backend, backend->weighted_column_scatter(x.view(), weight, excluded))[0], 2.0);
}

TEST_P(WeightedColumnScatterOnce, KeepsNaN) {
  const auto x = to_backend(*backend, {2, 2, {std::nan(""), 5, 4, 7}});
  const std::vector<double> weight{1, 1};
  const std::vector<std::int32_t> excluded{-1, -1};
  EXPECT_TRUE(std::isnan(
      to_host(*backend, backend->weighted_column_scatter(x.view(), weight, excluded))[0]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, WeightedColumnScatterOnce, every_backend());

}  // namespace
}  // namespace cupel::test
