#include <cmath>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

class RowExpm1Sums : public PerShape {};

TEST_P(RowExpm1Sums, MatchTheDefinition) {
  const auto [rows, cols] = std::get<1>(GetParam());
  auto a = random_matrix(rows, cols, 111);
  for (double& value : a.values) value = std::fabs(value);
  const auto sums = to_host(*backend, backend->row_expm1_sums(to_backend(*backend, a).view()));
  ASSERT_EQ(sums.size(), static_cast<std::size_t>(rows));
  for (std::int64_t row = 0; row < rows; ++row) {
    long double expected = 0.0L;
    for (std::int64_t col = 0; col < cols; ++col) {
      expected += std::expm1(static_cast<long double>(a(row, col)));
    }
    const auto sum = static_cast<double>(expected);
    EXPECT_NEAR(sums[static_cast<std::size_t>(row)], sum, 1e-14 * sum);  // <= 257 positive terms
  }
}

TEST_P(RowExpm1Sums, AreTheSameBitsForAnyNumberOfThreads) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = to_backend(*backend, random_matrix(rows, cols, 112));
  const auto results =
      with_thread_counts([&] { return to_host(*backend, backend->row_expm1_sums(a.view())); });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, RowExpm1Sums, every_shape(), shape_name);

}  // namespace
}  // namespace cupel::test
