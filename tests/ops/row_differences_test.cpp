#include <cmath>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

class RowDifferences : public PerShape {};

TEST_P(RowDifferences, AddAbsoluteAndSquaredDifferences) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = random_matrix(rows, cols, 91);
  const auto b = random_matrix(rows, cols, 92);
  const auto sums = to_dense(*backend, backend->row_differences(to_backend(*backend, a).view(),
                                                                to_backend(*backend, b).view()));
  ASSERT_EQ(sums.cols, 2);
  for (std::int64_t row = 0; row < rows; ++row) {
    long double absolute = 0.0L;
    long double squared = 0.0L;
    for (std::int64_t col = 0; col < cols; ++col) {
      const long double difference = static_cast<long double>(a(row, col)) - b(row, col);
      absolute += std::fabs(difference);
      squared += difference * difference;
    }
    // at most 257 positive doubles in eight lanes
    EXPECT_NEAR(sums(row, 0), static_cast<double>(absolute), 1e-14 * static_cast<double>(absolute));
    EXPECT_NEAR(sums(row, 1), static_cast<double>(squared), 1e-14 * static_cast<double>(squared));
  }
}

TEST_P(RowDifferences, AreTheSameBitsForAnyNumberOfThreads) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = to_backend(*backend, random_matrix(rows, cols, 93));
  const auto b = to_backend(*backend, random_matrix(rows, cols, 94));
  const auto results = with_thread_counts(
      [&] { return to_host(*backend, backend->row_differences(a.view(), b.view())); });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, RowDifferences, every_shape(), shape_name);

class RowDifferencesOnce : public PerBackend {};

TEST_P(RowDifferencesOnce, AreZeroBetweenEqualRowsAndNaNWhereOneEnters) {
  const double nan = std::nan("");
  const auto a = to_backend(*backend, {2, 3, {1, 2, 3, 1, nan, 3}});
  const auto b = to_backend(*backend, {2, 3, {1, 2, 3, 1, 2, 3}});
  const auto sums = to_host(*backend, backend->row_differences(a.view(), b.view()));
  EXPECT_EQ(sums[0], 0.0);
  EXPECT_EQ(sums[1], 0.0);
  EXPECT_TRUE(std::isnan(sums[2]));
  EXPECT_TRUE(std::isnan(sums[3]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, RowDifferencesOnce, every_backend());

}  // namespace
}  // namespace cupel::test
