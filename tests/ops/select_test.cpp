#include "support/matrices.hpp"

namespace cupel::test {
namespace {

class Select : public PerShape {
 protected:
  // About two thirds of [0, n), out of order and with repeats.
  static std::vector<std::int32_t> some_of(std::int64_t n) {
    std::vector<std::int32_t> chosen;
    for (std::int64_t i = 0; i < n; ++i) {
      if (i % 3 != 1) chosen.push_back(static_cast<std::int32_t>((i * 7 + 3) % n));
    }
    return chosen;
  }
};

TEST_P(Select, TakesTheRowsAndColumnsInTheOrderGiven) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = random_matrix(rows, cols, 71);
  const auto on_backend = to_backend(*backend, a);
  const auto row_list = some_of(rows);
  const auto col_list = some_of(cols);
  const auto part = to_dense(*backend, backend->select(on_backend.view(), row_list, col_list));
  ASSERT_EQ(part.rows, static_cast<std::int64_t>(row_list.size()));
  ASSERT_EQ(part.cols, static_cast<std::int64_t>(col_list.size()));
  for (std::int64_t row = 0; row < part.rows; ++row) {
    for (std::int64_t col = 0; col < part.cols; ++col) {
      ASSERT_EQ(part(row, col), a(row_list[static_cast<std::size_t>(row)],
                                  col_list[static_cast<std::size_t>(col)]));
    }
  }
}

TEST_P(Select, TakesAllWhereTheSpanHasNoData) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = random_matrix(rows, cols, 72);
  const auto on_backend = to_backend(*backend, a);
  EXPECT_EQ(to_dense(*backend, backend->select(on_backend.view(), {}, {})).values, a.values);
  const auto row_list = some_of(rows);
  const auto col_list = some_of(cols);
  const auto of_rows = to_dense(*backend, backend->select(on_backend.view(), row_list, {}));
  EXPECT_EQ(of_rows.rows, static_cast<std::int64_t>(row_list.size()));
  EXPECT_EQ(of_rows.cols, cols);
  EXPECT_EQ(of_rows(0, cols - 1), a(row_list[0], cols - 1));
  const auto of_cols = to_dense(*backend, backend->select(on_backend.view(), {}, col_list));
  EXPECT_EQ(of_cols.rows, rows);
  EXPECT_EQ(of_cols.cols, static_cast<std::int64_t>(col_list.size()));
  EXPECT_EQ(of_cols(rows - 1, 0), a(rows - 1, col_list[0]));
}

TEST_P(Select, TakesNothingWhereAListIsEmptyButThere) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = to_backend(*backend, random_matrix(rows, cols, 73));
  const std::vector<std::int32_t> one{0};
  const auto nothing = backend->select(a.view(), {one.data(), 0}, {});
  EXPECT_EQ(nothing.rows(), 0);
  EXPECT_EQ(nothing.cols(), cols);
}

TEST_P(Select, IsTheSameBitsForAnyNumberOfThreads) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = to_backend(*backend, random_matrix(rows, cols, 74));
  const auto row_list = some_of(rows);
  const auto col_list = some_of(cols);
  const auto results = with_thread_counts(
      [&] { return to_host(*backend, backend->select(a.view(), row_list, col_list)); });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, Select, every_shape(), shape_name);

}  // namespace
}  // namespace cupel::test
