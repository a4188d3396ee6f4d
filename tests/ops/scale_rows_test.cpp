#include "support/matrices.hpp"

namespace cupel::test {
namespace {

class ScaleRows : public PerShape {};

TEST_P(ScaleRows, MultipliesEachRowByItsFactor) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = random_matrix(rows, cols, 51);
  const auto factor = random_matrix(rows, 1, 52).values;
  const auto scaled =
      to_dense(*backend, backend->scale_rows(to_backend(*backend, a).view(), factor));
  ASSERT_EQ(scaled.rows, rows);
  ASSERT_EQ(scaled.cols, cols);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t col = 0; col < cols; ++col) {
      ASSERT_EQ(scaled(row, col), a(row, col) * factor[static_cast<std::size_t>(row)]);
    }
  }
}

TEST_P(ScaleRows, IsTheSameBitsForAnyNumberOfThreads) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = to_backend(*backend, random_matrix(rows, cols, 53));
  const auto factor = random_matrix(rows, 1, 54).values;
  const auto results =
      with_thread_counts([&] { return to_host(*backend, backend->scale_rows(a.view(), factor)); });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, ScaleRows, every_shape(), shape_name);

}  // namespace
}  // namespace cupel::test
