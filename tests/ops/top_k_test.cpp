#include <cmath>

#include "support/column_sets.hpp"

namespace cupel::test {
namespace {

// By the definition: one column is before another if its value is, or if the values are equal and
// it stands further left.
std::vector<std::int64_t> slow_order(const Dense& values, const ColumnSets& among, std::int64_t row,
                                     const ValueOrder& order) {
  const auto read = [&](std::int64_t col) {
    double value = values(row, col);
    if (order.float32) value = static_cast<double>(static_cast<float>(value));
    return order.absolute ? std::abs(value) : value;
  };
  const auto smaller = [](double a, double b) {
    return !std::isnan(a) && (std::isnan(b) || a < b);
  };
  auto columns = among.columns(row);
  std::ranges::stable_sort(columns, [&](std::int64_t i, std::int64_t j) {
    return order.largest_first ? smaller(read(j), read(i)) : smaller(read(i), read(j));
  });
  return columns;
}

ColumnSets slow_top_k(const Dense& values, const ColumnSets& among,
                      const std::vector<std::int32_t>& depth, const ValueOrder& order) {
  auto sets = no_columns(std::ssize(depth), values.cols);
  const auto lists = std::ssize(depth) / values.rows;
  for (std::int64_t row = 0; row < values.rows; ++row) {
    const auto columns = slow_order(values, among, row, order);
    for (std::int64_t list = row * lists; list < (row + 1) * lists; ++list) {
      for (std::int64_t k = 0; k < std::ssize(columns); ++k) {
        if (k >= depth[static_cast<std::size_t>(list)]) break;
        sets(list, columns[static_cast<std::size_t>(k)]) = 1;
      }
    }
  }
  return sets;
}

const std::vector<ValueOrder> kOrders{{},
                                      {.largest_first = true},
                                      {.absolute = true, .largest_first = true},
                                      {.float32 = true},
                                      {.float32 = true, .absolute = true, .largest_first = true}};

ColumnSets fast_top_k(Backend& backend, const Dense& values, const ColumnSets& among,
                      const std::vector<std::int32_t>& depth, const ValueOrder& order) {
  const auto on_backend = to_backend(backend, values);
  const auto sets = sets_to_backend(backend, among);
  return to_sets(backend, backend.top_k(on_backend.view(), sets.view(), depth, order), values.cols);
}

// Nothing, one, some, all but one, all, and more than there are, in no order.
std::vector<std::int32_t> some_depths(const ColumnSets& among, std::int64_t lists) {
  std::vector<std::int32_t> depth;
  for (std::int64_t row = 0; row < among.rows; ++row) {
    const auto n = static_cast<std::int32_t>(among.columns(row).size());
    const std::int32_t depths[]{n / 2, 1, n - 1, 0, n + 1, n, n / 3 + 1};
    for (std::int64_t k = 0; k < lists; ++k) {
      depth.push_back(std::max(depths[static_cast<std::size_t>((k + row) % 7)], 0));
    }
  }
  return depth;
}

class TopK : public PerShape {};

TEST_P(TopK, MatchesTheDefinition) {
  const auto [all_rows, cols] = std::get<1>(GetParam());
  const auto rows = std::min<std::int64_t>(all_rows, 33);
  const auto values = values_with_ties(rows, cols, 1);
  const auto among = random_sets(rows, cols, 2);
  const auto depth = some_depths(among, 2);
  for (const auto& order : kOrders) {
    EXPECT_EQ(fast_top_k(*backend, values, among, depth, order),
              slow_top_k(values, among, depth, order));
  }
}

TEST_P(TopK, IsTheSameBitsForAnyNumberOfThreads) {
  const auto [all_rows, cols] = std::get<1>(GetParam());
  const auto rows = std::min<std::int64_t>(all_rows, 20);
  const auto values = to_backend(*backend, values_with_ties(rows, cols, 3));
  const auto sets = random_sets(rows, cols, 4);
  const auto among = sets_to_backend(*backend, sets);
  const auto depth = some_depths(sets, 1);
  const auto results = with_thread_counts([&] {
    return to_host(*backend, backend->top_k(values.view(), among.view(), depth, kOrders[2]));
  });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, TopK, every_shape(), shape_name);

class TopKOnce : public PerBackend {};

// Around a word of bits and what a block takes at a time; more columns than fit 16 bits.
TEST_P(TopKOnce, TakesRowsOfAnyLength) {
  for (const std::int64_t cols : {63, 64, 65, 127, 128, 129, 320, 511, 512, 513, 1025, 70001}) {
    const std::int64_t rows = cols > 2000 ? 1 : 5;
    const auto values = values_with_ties(rows, cols, 5);
    const auto among = random_sets(rows, cols, 6);
    const auto depth = some_depths(among, cols > 2000 ? 1 : 7);
    EXPECT_EQ(fast_top_k(*backend, values, among, depth, kOrders[2]),
              slow_top_k(values, among, depth, kOrders[2]))
        << cols;
  }
}

// Every column has the same value, so the first ones are taken, across all of a row's pieces.
TEST_P(TopKOnce, GoesByColumnWhereAllAreEqual) {
  auto values = zeros(1, 700);
  std::ranges::fill(values.values, 2.5);
  const auto among = all_columns(1, 700);
  for (const std::int32_t depth : {1, 31, 32, 33, 255, 256, 257, 600, 699}) {
    const auto first = fast_top_k(*backend, values, among, {depth}, {.largest_first = true});
    const auto columns = first.columns(0);
    ASSERT_EQ(std::ssize(columns), depth);
    EXPECT_EQ(columns.back(), depth - 1);
  }
}

// Two values that differ in the lowest bit, in the highest digits, in their signs.
TEST_P(TopKOnce, TellsTheNearestValuesApart) {
  const double one_up = std::nextafter(1.0, 2.0);
  const Dense values{1, 4, {1.0, one_up, -1.0, -one_up}};
  const auto among = all_columns(1, 4);
  const auto columns = [&](std::int32_t depth, const ValueOrder& order) {
    return fast_top_k(*backend, values, among, {depth}, order).columns(0);
  };
  using Columns = std::vector<std::int64_t>;
  EXPECT_EQ(columns(1, {}), (Columns{3}));
  EXPECT_EQ(columns(3, {}), (Columns{0, 2, 3}));
  EXPECT_EQ(columns(1, {.largest_first = true}), (Columns{1}));
  EXPECT_EQ(columns(2, {.absolute = true, .largest_first = true}), (Columns{1, 3}));
  EXPECT_EQ(columns(2, {.float32 = true, .absolute = true}), (Columns{0, 1}));
}

// Cell-eval's ranked lists: NaN is the largest of all, infinities are ordinary values.
TEST_P(TopKOnce, PutsNaNBeyondInfinity) {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Dense values{1, 5, {1.0, inf, nan, -inf, -nan}};
  const auto among = all_columns(1, 5);
  const auto columns = [&](std::int32_t depth, bool largest_first) {
    return fast_top_k(*backend, values, among, {depth}, {.largest_first = largest_first})
        .columns(0);
  };
  using Columns = std::vector<std::int64_t>;
  EXPECT_EQ(columns(2, true), (Columns{2, 4}));
  EXPECT_EQ(columns(3, true), (Columns{1, 2, 4}));
  EXPECT_EQ(columns(3, false), (Columns{0, 1, 3}));
  EXPECT_EQ(columns(4, false), (Columns{0, 1, 2, 3}));
}

TEST_P(TopKOnce, TakesNoRowsAndNoColumns) {
  EXPECT_EQ(fast_top_k(*backend, zeros(0, 5), no_columns(0, 5), {}, {}), no_columns(0, 5));
  EXPECT_EQ(fast_top_k(*backend, zeros(3, 0), no_columns(3, 0), {0, 1, 2}, {}), no_columns(3, 0));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, TopKOnce, every_backend());

}  // namespace
}  // namespace cupel::test
