#include "support/matrices.hpp"

namespace cupel::test {
namespace {

class MultiplyTransposed : public PerShape {};

TEST_P(MultiplyTransposed, MatchesTheDefinition) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = random_matrix(rows, cols, 301);
  const auto b = random_matrix(rows / 2 + 1, cols, 302);
  const auto product = to_dense(
      *backend,
      backend->multiply_transposed(to_backend(*backend, a).view(), to_backend(*backend, b).view()));
  ASSERT_EQ(product.rows, a.rows);
  ASSERT_EQ(product.cols, b.rows);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < b.rows; ++j) {
      long double sum = 0.0L;
      long double sizes = 0.0L;
      for (std::int64_t k = 0; k < cols; ++k) {
        sum += static_cast<long double>(a(i, k)) * b(j, k);
        sizes += std::fabs(static_cast<long double>(a(i, k)) * b(j, k));
      }
      // The rounding of a sum of `cols` products, in any order.
      const auto bound = static_cast<double>(sizes) * 0x1p-53 * static_cast<double>(cols + 1);
      ASSERT_NEAR(product(i, j), static_cast<double>(sum), bound) << i << " " << j;
    }
  }
}

TEST_P(MultiplyTransposed, IsTheSameBitsForAnyNumberOfThreads) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = to_backend(*backend, random_matrix(rows, cols, 303));
  const auto results = with_thread_counts(
      [&] { return to_host(*backend, backend->multiply_transposed(a.view(), a.view())); });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, MultiplyTransposed, every_shape(), shape_name);

class MultiplyTransposedOnce : public PerBackend {};

TEST_P(MultiplyTransposedOnce, OfNothingIsZeros) {
  const auto a = to_backend(*backend, zeros(3, 0));
  const auto b = to_backend(*backend, zeros(2, 0));
  EXPECT_EQ(to_host(*backend, backend->multiply_transposed(a.view(), b.view())),
            std::vector<double>(6));
  const auto none = to_backend(*backend, zeros(0, 4));
  const auto some = to_backend(*backend, random_matrix(2, 4, 304));
  EXPECT_EQ(backend->multiply_transposed(none.view(), some.view()).rows(), 0);
  EXPECT_EQ(backend->multiply_transposed(some.view(), none.view()).cols(), 0);
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, MultiplyTransposedOnce, every_backend());

}  // namespace
}  // namespace cupel::test
