#include "support/matrices.hpp"

namespace cupel::test {
namespace {

class SubtractRow : public PerShape {};

TEST_P(SubtractRow, TakesTheOneRowFromEveryRow) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = random_matrix(rows, cols, 61);
  const auto b = random_matrix(1, cols, 62);
  const auto rest = to_dense(*backend, backend->subtract_row(to_backend(*backend, a).view(),
                                                             to_backend(*backend, b).view()));
  ASSERT_EQ(rest.rows, rows);
  ASSERT_EQ(rest.cols, cols);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t col = 0; col < cols; ++col) {
      ASSERT_EQ(rest(row, col), a(row, col) - b(0, col));
    }
  }
}

TEST_P(SubtractRow, IsTheSameBitsForAnyNumberOfThreads) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = to_backend(*backend, random_matrix(rows, cols, 63));
  const auto b = to_backend(*backend, random_matrix(1, cols, 64));
  const auto results = with_thread_counts(
      [&] { return to_host(*backend, backend->subtract_row(a.view(), b.view())); });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, SubtractRow, every_shape(), shape_name);

class SubtractRowOnce : public PerBackend {};

// More rows, or more columns, than the blocks of one grid of a device have.
TEST_P(SubtractRowOnce, CoversTallAndWideMatrices) {
  for (const auto& [rows, cols] :
       {Shape{4097, 3}, Shape{8192, 1}, Shape{2, 1025}, Shape{1, 5000}}) {
    const auto a = random_matrix(rows, cols, 65);
    const auto b = random_matrix(1, cols, 66);
    const auto rest = to_dense(*backend, backend->subtract_row(to_backend(*backend, a).view(),
                                                               to_backend(*backend, b).view()));
    std::int64_t wrong = 0;
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t col = 0; col < cols; ++col) {
        wrong += rest(row, col) == a(row, col) - b(0, col) ? 0 : 1;
      }
    }
    EXPECT_EQ(wrong, 0) << rows << " x " << cols;
  }
}

TEST_P(SubtractRowOnce, TakesNothingFromNothing) {
  for (const auto& [rows, cols] : {Shape{0, 3}, Shape{3, 0}}) {
    const auto rest = backend->subtract_row(to_backend(*backend, zeros(rows, cols)).view(),
                                            to_backend(*backend, zeros(1, cols)).view());
    EXPECT_EQ(rest.rows(), rows);
    EXPECT_EQ(rest.cols(), cols);
  }
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, SubtractRowOnce, every_backend());

}  // namespace
}  // namespace cupel::test
