#include <cmath>
#include <cstddef>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

class RowTotals : public PerShape {};

TEST_P(RowTotals, AreExactForCounts) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto dense = random_counts(rows, cols, 11);
  std::vector<double> expected(static_cast<std::size_t>(rows), 0.0);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t col = 0; col < cols; ++col) {
      expected[static_cast<std::size_t>(row)] += dense(row, col);
    }
  }
  for (const auto genes : {GeneType::kU16, GeneType::kU32}) {
    for (const auto values : {ValueType::kU16, ValueType::kF32, ValueType::kF64}) {
      const auto cells = backend->upload(compress(dense, genes, values));
      EXPECT_EQ(to_host(*backend, backend->row_totals(cells.view(), InputType::kCounts)), expected);
    }
  }
}

TEST_P(RowTotals, AddExpm1OfLognormValues) {
  const auto [rows, cols] = std::get<1>(GetParam());
  auto dense = random_counts(rows, cols, 12);
  for (double& value : dense.values) value = static_cast<float>(std::log1p(value * 7.3));
  for (const auto type : {ValueType::kF32, ValueType::kF64}) {
    const auto cells = backend->upload(compress(dense, GeneType::kU16, type));
    const auto totals = to_host(*backend, backend->row_totals(cells.view(), InputType::kLognorm));
    for (std::int64_t row = 0; row < rows; ++row) {
      long double expected = 0.0L;
      for (std::int64_t col = 0; col < cols; ++col) {
        expected += std::expm1(static_cast<long double>(dense(row, col)));
      }
      const auto total = static_cast<double>(expected);
      // 257 positive doubles: expm1's ulp and the order of the additions
      EXPECT_NEAR(totals[static_cast<std::size_t>(row)], total, 1e-14 * total);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, RowTotals, every_shape(), shape_name);

class RowTotalsOnce : public PerBackend {};

TEST_P(RowTotalsOnce, DoNotOverflowWithTheLargestCounts) {
  DenseCells dense{1, 70000, std::vector<double>(70000, 65535.0)};
  const auto cells = backend->upload(compress(dense));
  EXPECT_EQ(to_host(*backend, backend->row_totals(cells.view(), InputType::kCounts))[0],
            70000.0 * 65535.0);
}

TEST_P(RowTotalsOnce, GiveNothingForNoCells) {
  const auto cells = backend->upload(compress(DenseCells{0, 5, {}}));
  EXPECT_EQ(backend->row_totals(cells.view(), InputType::kCounts).rows(), 0);
}

TEST_P(RowTotalsOnce, AreTheSameBitsForAnyNumberOfThreads) {
  auto dense = random_counts(1000, 40, 13);
  for (double& value : dense.values) value *= 0.3;
  const auto cells = backend->upload(compress(dense));
  const auto results = with_thread_counts(
      [&] { return to_host(*backend, backend->row_totals(cells.view(), InputType::kCounts)); });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

// Totals decide which ranked values tie, so a last bit matters.
TEST_P(RowTotalsOnce, HaveTheBitsOfTheCpu) {
  const auto cpu = make_backend("cpu");
  for (const std::int64_t cols : {1, 7, 8, 9, 31, 33, 65, 300}) {
    auto dense = random_counts(67, cols, 14);
    for (double& value : dense.values) value = static_cast<float>(value * 0.3);
    for (const auto input : {InputType::kCounts, InputType::kLognorm}) {
      for (const auto type : {ValueType::kF32, ValueType::kF64}) {
        const auto cells = backend->upload(compress(dense, GeneType::kU16, type));
        const auto host = compress(dense, GeneType::kU16, type);
        EXPECT_TRUE(same_bits(to_host(*backend, backend->row_totals(cells.view(), input)),
                              to_host(*cpu, cpu->row_totals(host.view(), input))))
            << cols << " genes";
      }
    }
  }
}

TEST_P(RowTotalsOnce, FollowTheRowsWhereverTheyLie) {
  const auto dense = random_counts(40, 70, 15);
  auto host = compress(dense);
  reverse_rows(host);
  const auto cells = backend->upload(std::move(host));
  const auto totals =
      to_host(*backend, backend->row_totals(cells.view().slice(3, 38), InputType::kCounts));
  ASSERT_EQ(totals.size(), 35U);
  for (std::int64_t row = 0; row < 35; ++row) {
    double expected = 0.0;
    for (std::int64_t col = 0; col < 70; ++col) expected += dense(36 - row, col);
    EXPECT_EQ(totals[static_cast<std::size_t>(row)], expected);
  }
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, RowTotalsOnce, every_backend());

}  // namespace
}  // namespace cupel::test
