#include <cmath>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

class Expm1 : public PerShape {};

TEST_P(Expm1, IsTheLibrarysOfEveryElement) {
  const auto [rows, cols] = std::get<1>(GetParam());
  auto a = random_matrix(rows, cols, 181);
  for (std::size_t i = 0; i < a.values.size(); ++i) a.values[i] *= i % 3 == 0 ? 20.0 : 1e-6;
  const auto result = to_dense(*backend, backend->expm1(to_backend(*backend, a).view()));
  ASSERT_EQ(result.rows, rows);
  ASSERT_EQ(result.cols, cols);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t col = 0; col < cols; ++col) {
      const double expected = std::expm1(a(row, col));
      ASSERT_NEAR(result(row, col), expected, 5e-16 * std::fabs(expected));  // one ulp on a device
    }
  }
}

TEST_P(Expm1, IsTheSameBitsForAnyNumberOfThreads) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = to_backend(*backend, random_matrix(rows, cols, 182));
  const auto results =
      with_thread_counts([&] { return to_host(*backend, backend->expm1(a.view())); });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, Expm1, every_shape(), shape_name);

class Expm1Once : public PerBackend {};

TEST_P(Expm1Once, KeepsTheEdges) {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto a = to_backend(*backend, {1, 5, {0.0, infinity, -infinity, 1000.0, std::nan("")}});
  const auto result = to_host(*backend, backend->expm1(a.view()));
  EXPECT_EQ(result[0], 0.0);
  EXPECT_EQ(result[1], infinity);
  EXPECT_EQ(result[2], -1.0);
  EXPECT_EQ(result[3], infinity);
  EXPECT_TRUE(std::isnan(result[4]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, Expm1Once, every_backend());

}  // namespace
}  // namespace cupel::test
