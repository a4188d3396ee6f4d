#include <cmath>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

double slow_pearson(const Dense& a, const Dense& b, std::int64_t row) {
  long double mean_a = 0.0L;
  long double mean_b = 0.0L;
  for (std::int64_t col = 0; col < a.cols; ++col) {
    mean_a += a(row, col) / static_cast<long double>(a.cols);
    mean_b += b(row, col) / static_cast<long double>(a.cols);
  }
  long double sxy = 0.0L;
  long double sxx = 0.0L;
  long double syy = 0.0L;
  for (std::int64_t col = 0; col < a.cols; ++col) {
    sxy += (a(row, col) - mean_a) * (b(row, col) - mean_b);
    sxx += (a(row, col) - mean_a) * (a(row, col) - mean_a);
    syy += (b(row, col) - mean_b) * (b(row, col) - mean_b);
  }
  return static_cast<double>(sxy / std::sqrt(sxx * syy));
}

class RowPearson : public PerShape {};

TEST_P(RowPearson, MatchesTheDefinition) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = random_matrix(rows, cols, 101);
  auto b = random_matrix(rows, cols, 102);
  for (std::size_t i = 0; i < b.values.size(); ++i) b.values[i] = 3.0 + b.values[i] + a.values[i];
  const auto r = to_host(*backend, backend->row_pearson(to_backend(*backend, a).view(),
                                                        to_backend(*backend, b).view()));
  for (std::int64_t row = 0; row < rows; ++row) {
    const double actual = r[static_cast<std::size_t>(row)];
    if (cols == 1) {
      EXPECT_TRUE(std::isnan(actual)) << "one gene does not vary";
    } else {
      EXPECT_NEAR(actual, slow_pearson(a, b, row), 1e-14);  // centred sums of <= 257 doubles
    }
  }
}

TEST_P(RowPearson, IsTheSameBitsForAnyNumberOfThreads) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = to_backend(*backend, random_matrix(rows, cols, 103));
  const auto b = to_backend(*backend, random_matrix(rows, cols, 104));
  const auto results = with_thread_counts(
      [&] { return to_host(*backend, backend->row_pearson(a.view(), b.view())); });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, RowPearson, every_shape(), shape_name);

class RowPearsonOnce : public PerBackend {
 protected:
  double of(const std::vector<double>& x, const std::vector<double>& y) {
    const auto a = to_backend(*backend, {1, static_cast<std::int64_t>(x.size()), x});
    const auto b = to_backend(*backend, {1, static_cast<std::int64_t>(y.size()), y});
    return to_host(*backend, backend->row_pearson(a.view(), b.view()))[0];
  }
};

TEST_P(RowPearsonOnce, IsOneForARowAgainstItselfAndMinusOneForItsMirror) {
  EXPECT_DOUBLE_EQ(of({1, 2, 9}, {1, 2, 9}), 1.0);
  EXPECT_DOUBLE_EQ(of({1, 2, 9}, {-1, -2, -9}), -1.0);
}

TEST_P(RowPearsonOnce, NeverLeavesMinusOneToOne) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto x = random_matrix(1, 17, 1000 + seed).values;
    auto y = x;
    for (double& value : y) value = 0.1 * value + 3.0;
    EXPECT_LE(of(x, y), 1.0);
  }
}

// 0.1 seven times: the mean is not 0.1 in double, so a centred sum alone would not be 0.
TEST_P(RowPearsonOnce, IsUndefinedForAConstantRow) {
  const std::vector<double> constant(7, 0.1);
  EXPECT_TRUE(std::isnan(of(constant, {1, 2, 3, 4, 5, 6, 7})));
  EXPECT_TRUE(std::isnan(of({1, 2, 3, 4, 5, 6, 7}, constant)));
  EXPECT_TRUE(std::isnan(of(constant, constant)));
}

TEST_P(RowPearsonOnce, IsUndefinedWhereNaNEnters) {
  EXPECT_TRUE(std::isnan(of({1, std::nan(""), 3}, {1, 2, 3})));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, RowPearsonOnce, every_backend());

}  // namespace
}  // namespace cupel::test
