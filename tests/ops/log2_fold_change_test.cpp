#include <cmath>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

// Means with zeros on either side.
Dense some_means(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  auto means = random_matrix(rows, cols, seed);
  for (double& value : means.values) value = value < -0.5 ? 0.0 : std::fabs(value);
  return means;
}

class Log2FoldChange : public PerShape {};

TEST_P(Log2FoldChange, IsTheLogarithmOfTheRatio) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = some_means(rows, cols, 81);
  const auto b = some_means(1, cols, 82);
  const auto change =
      to_dense(*backend, backend->log2_fold_change(to_backend(*backend, a).view(),
                                                   to_backend(*backend, b).view(), 1e-9, 0.0));
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t col = 0; col < cols; ++col) {
      const double expected = std::log2((a(row, col) + 1e-9) / (b(0, col) + 1e-9));
      ASSERT_NEAR(change(row, col), expected, 4e-16 * std::fabs(expected));  // log2's ulp
    }
  }
}

TEST_P(Log2FoldChange, IsTheSameBitsForAnyNumberOfThreads) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = to_backend(*backend, some_means(rows, cols, 83));
  const auto b = to_backend(*backend, some_means(1, cols, 84));
  const auto results = with_thread_counts(
      [&] { return to_host(*backend, backend->log2_fold_change(a.view(), b.view(), 1e-9, 0.0)); });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, Log2FoldChange, every_shape(), shape_name);

class Log2FoldChangeOnce : public PerBackend {
 protected:
  double of(double a, double b, double epsilon, double clip) {
    const auto x = to_backend(*backend, {1, 1, {a}});
    const auto y = to_backend(*backend, {1, 1, {b}});
    return to_host(*backend, backend->log2_fold_change(x.view(), y.view(), epsilon, clip))[0];
  }
};

TEST_P(Log2FoldChangeOnce, IsInfiniteAgainstNothingWithoutEpsilon) {
  EXPECT_EQ(of(3, 0, 0, 0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(of(0, 3, 0, 0), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(of(0, 0, 0, 0), 0.0);
}

TEST_P(Log2FoldChangeOnce, IsClippedOnlyAgainstNothing) {
  EXPECT_DOUBLE_EQ(of(3, 0, 1e-9, 20), std::log2(20.0));
  EXPECT_DOUBLE_EQ(of(0, 3, 1e-9, 20), -std::log2(20.0));
  EXPECT_EQ(of(0, 0, 1e-9, 20), 0.0);
  EXPECT_DOUBLE_EQ(of(1600, 1, 1e-9, 20), std::log2(1600.0));
}

TEST_P(Log2FoldChangeOnce, KeepsNaN) {
  const double nan = std::nan("");
  for (const double clip : {0.0, 20.0}) {
    EXPECT_TRUE(std::isnan(of(nan, 1, 1e-9, clip)));
    EXPECT_TRUE(std::isnan(of(1, nan, 1e-9, clip)));
    EXPECT_TRUE(std::isnan(of(nan, 0, 1e-9, clip)));
    EXPECT_TRUE(std::isnan(of(0, nan, 1e-9, clip)));
  }
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, Log2FoldChangeOnce, every_backend());

}  // namespace
}  // namespace cupel::test
