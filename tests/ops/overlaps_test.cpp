#include "support/column_sets.hpp"

namespace cupel::test {
namespace {

std::vector<std::int32_t> slow_overlaps(const ColumnSets& a, const ColumnSets& b) {
  std::vector<std::int32_t> both(static_cast<std::size_t>(a.rows));
  for (std::int64_t row = 0; row < a.rows; ++row) {
    for (std::int64_t col = 0; col < a.cols; ++col) {
      both[static_cast<std::size_t>(row)] += a(row, col) && b(row, col) ? 1 : 0;
    }
  }
  return both;
}

std::vector<std::int32_t> fast_overlaps(Backend& backend, const ColumnSets& a,
                                        const ColumnSets& b) {
  const auto on_a = sets_to_backend(backend, a);
  const auto on_b = sets_to_backend(backend, b);
  const auto both = backend.overlaps(on_a.view(), on_b.view());
  EXPECT_EQ(both.rows(), a.rows);
  EXPECT_EQ(both.cols(), 1);
  return to_host(backend, both);
}

class Overlaps : public PerShape {};

TEST_P(Overlaps, CountsWhatIsInBoth) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = random_sets(rows, cols, 1);
  auto b = random_sets(rows + 1, cols, 2);  // shifted by a row, so that every kind meets another
  b.flags.erase(b.flags.begin(), b.flags.begin() + cols);
  b.rows = rows;
  EXPECT_EQ(fast_overlaps(*backend, a, b), slow_overlaps(a, b));
  EXPECT_EQ(fast_overlaps(*backend, a, a), slow_overlaps(a, a));
}

TEST_P(Overlaps, IsTheSameForAnyNumberOfThreads) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto a = random_sets(rows, cols, 3);
  const auto b = random_sets(rows, cols, 4);
  const auto results = with_thread_counts([&] { return fast_overlaps(*backend, a, b); });
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, Overlaps, every_shape(), shape_name);

class OverlapsOnce : public PerBackend {};

// Rows of less and of more words than a warp takes at a time, and more rows than 16 bits count.
TEST_P(OverlapsOnce, TakesAnySize) {
  using Extent = std::pair<std::int64_t, std::int64_t>;
  for (const auto& [rows, cols] : {Extent{9, 64 * 31}, Extent{9, 64 * 32}, Extent{9, 64 * 33 + 1},
                                   Extent{3, 70000}, Extent{66000, 1}}) {
    const auto a = random_sets(rows, cols, 5);
    const auto b = random_sets(rows, cols, 6);
    EXPECT_EQ(fast_overlaps(*backend, a, b), slow_overlaps(a, b)) << rows << " × " << cols;
  }
}

TEST_P(OverlapsOnce, TakesNoRowsAndNoColumns) {
  EXPECT_TRUE(fast_overlaps(*backend, no_columns(0, 5), no_columns(0, 5)).empty());
  EXPECT_EQ(fast_overlaps(*backend, no_columns(2, 0), no_columns(2, 0)),
            std::vector<std::int32_t>(2));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, OverlapsOnce, every_backend());

}  // namespace
}  // namespace cupel::test
