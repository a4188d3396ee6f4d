#include <cmath>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

class RowSquaredNorms : public PerShape {};

TEST_P(RowSquaredNorms, AddTheSquares) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = random_matrix(rows, cols, 191);
  const auto norms = backend->row_squared_norms(to_backend(*backend, a).view());
  ASSERT_EQ(norms.cols(), 1);
  const auto on_host = to_host(*backend, norms);
  ASSERT_EQ(on_host.size(), static_cast<std::size_t>(rows));
  for (std::int64_t row = 0; row < rows; ++row) {
    long double sum = 0.0L;
    for (std::int64_t col = 0; col < cols; ++col) {
      sum += static_cast<long double>(a(row, col)) * a(row, col);
    }
    const auto expected = static_cast<double>(sum);
    EXPECT_NEAR(on_host[static_cast<std::size_t>(row)], expected,
                3e-14 * expected);  // at most 257 positive doubles in one running sum
  }
}

TEST_P(RowSquaredNorms, AreTheSameBitsForAnyNumberOfThreads) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = to_backend(*backend, random_matrix(rows, cols, 192));
  const auto results =
      with_thread_counts([&] { return to_host(*backend, backend->row_squared_norms(a.view())); });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, RowSquaredNorms, every_shape(), shape_name);

class RowSquaredNormsOnce : public PerBackend {};

TEST_P(RowSquaredNormsOnce, AreZeroWithoutColumnsAndNaNWhereOneEnters) {
  const auto without = to_backend(*backend, zeros(3, 0));
  EXPECT_EQ(to_host(*backend, backend->row_squared_norms(without.view())),
            (std::vector<double>{0.0, 0.0, 0.0}));
  const auto a = to_backend(*backend, {2, 2, {3, 4, std::nan(""), 1}});
  const auto norms = to_host(*backend, backend->row_squared_norms(a.view()));
  EXPECT_EQ(norms[0], 25.0);
  EXPECT_TRUE(std::isnan(norms[1]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, RowSquaredNormsOnce, every_backend());

}  // namespace
}  // namespace cupel::test
