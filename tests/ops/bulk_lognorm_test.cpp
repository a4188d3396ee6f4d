#include <cmath>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

class BulkLognorm : public PerShape {};

TEST_P(BulkLognorm, MatchesTheDefinition) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto counts = random_counts(rows, cols, 41);
  const Dense sums{rows, cols, counts.values};
  const auto bulk =
      to_dense(*backend, backend->bulk_lognorm(to_backend(*backend, sums).view(), 5e4));
  for (std::int64_t row = 0; row < rows; ++row) {
    double total = 0.0;  // whole numbers: exact
    for (std::int64_t col = 0; col < cols; ++col) total += sums(row, col);
    for (std::int64_t col = 0; col < cols; ++col) {
      const double expected = total == 0.0 ? 0.0 : std::log1p(sums(row, col) * (5e4 / total));
      EXPECT_NEAR(bulk(row, col), expected, 4e-16 * expected);  // log1p's ulp
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, BulkLognorm, every_shape(), shape_name);

class BulkLognormOnce : public PerBackend {};

TEST_P(BulkLognormOnce, LeavesARowWithoutCountsZero) {
  const auto sums = to_backend(*backend, {2, 2, {0, 0, 1, 0}});
  const auto bulk = to_host(*backend, backend->bulk_lognorm(sums.view(), 5e4));
  EXPECT_EQ(bulk[0], 0.0);
  EXPECT_EQ(bulk[1], 0.0);
  EXPECT_DOUBLE_EQ(bulk[2], std::log1p(5e4));
}

TEST_P(BulkLognormOnce, IsTheSameBitsForAnyNumberOfThreads) {
  auto sums = random_matrix(50, 100, 42);
  for (double& value : sums.values) value = std::fabs(value);
  const auto on_backend = to_backend(*backend, sums);
  const auto results = with_thread_counts(
      [&] { return to_host(*backend, backend->bulk_lognorm(on_backend.view(), 5e4)); });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, BulkLognormOnce, every_backend());

}  // namespace
}  // namespace cupel::test
