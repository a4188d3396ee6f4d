#include "data/batches.hpp"

#include <algorithm>
#include <set>

#include "support/memory_screen.hpp"

namespace cupel {
namespace {

using test::MemoryScreen;
using Rows = std::vector<std::vector<std::int64_t>>;

TEST(PlanBatches, HoldsEveryGroupOnceWithinTheBudget) {
  MemoryScreen screen(test::random_counts(10, 3, 1), {});
  const Rows groups{{0, 1, 2}, {3, 4}, {5}, {6, 7, 8, 9}};
  const auto plan = plan_batches(screen, groups, 5);
  std::multiset<std::int32_t> seen;
  for (const auto& batch : plan) {
    std::size_t rows = 0;
    for (const auto group : batch) {
      seen.insert(group);
      rows += groups[static_cast<std::size_t>(group)].size();
    }
    EXPECT_LE(rows, 5U);
  }
  EXPECT_EQ(seen, (std::multiset<std::int32_t>{0, 1, 2, 3}));
}

TEST(PlanBatches, RefusesAGroupThatCannotFit) {
  MemoryScreen screen(test::random_counts(4, 3, 1), {});
  EXPECT_EQ(test::error_of([&] { (void)plan_batches(screen, Rows{{0, 1, 2, 3}}, 3); },
                           ErrorKind::kOutOfMemory),
            "memory.h5ad: one group of 4 cells needs 4 B, the memory budget leaves 3 B; raise "
            "--memory");
}

// The multiset of rows a group holds, as dense values.
std::vector<std::vector<double>> dense_rows(const GroupBatch& batch, std::size_t k) {
  std::vector<std::vector<double>> rows;
  visit(batch.cells.view(), [&](auto cells) {
    for (auto row = batch.start[k]; row < batch.start[k + 1]; ++row) {
      std::vector<double> dense(static_cast<std::size_t>(cells.n_genes), 0.0);
      for (auto at = cells.row_begin[row]; at < cells.row_begin[row] + cells.row_length[row]; ++at) {
        dense[cells.genes[at]] = static_cast<double>(cells.values[at]);
      }
      rows.push_back(dense);
    }
  });
  return rows;
}

TEST(ReadBatch, OrdersAGroupsRowsByContentWhateverTheFilesOrder) {
  const auto dense = test::random_counts(40, 7, 3);
  std::vector<std::int64_t> order(40);
  for (std::int64_t i = 0; i < 40; ++i) order[static_cast<std::size_t>(i)] = (i * 17) % 40;
  test::DenseCells shuffled{40, 7, {}};
  Rows groups(3);
  Rows shuffled_groups(3);
  for (std::int64_t i = 0; i < 40; ++i) {
    groups[static_cast<std::size_t>(i % 3)].push_back(i);
    const auto from = order[static_cast<std::size_t>(i)];
    for (std::int64_t col = 0; col < 7; ++col) shuffled.values.push_back(dense(from, col));
    shuffled_groups[static_cast<std::size_t>(from % 3)].push_back(i);
  }
  MemoryScreen one(dense, {});
  MemoryScreen other(shuffled, {});
  const std::vector<std::int32_t> chosen{2, 0};
  const auto a = read_batch(one, groups, chosen);
  const auto b = read_batch(other, shuffled_groups, chosen);
  ASSERT_EQ(a.start, b.start);
  for (std::size_t k = 0; k < 2; ++k) EXPECT_EQ(dense_rows(a, k), dense_rows(b, k));
}

TEST(ReadBatch, KeepsEachGroupsOwnCells) {
  const auto dense = test::random_counts(12, 5, 4);
  MemoryScreen screen(dense, {});
  const Rows groups{{1, 5, 7}, {0, 11}};
  const std::vector<std::int32_t> chosen{1, 0};
  const auto batch = read_batch(screen, groups, chosen);
  EXPECT_EQ(batch.start, (std::vector<std::int64_t>{0, 2, 5}));
  for (std::size_t k = 0; k < 2; ++k) {
    std::multiset<std::vector<double>> expected;
    for (const auto row : groups[static_cast<std::size_t>(chosen[k])]) {
      std::vector<double> values;
      for (std::int64_t col = 0; col < 5; ++col) values.push_back(dense(row, col));
      expected.insert(values);
    }
    const auto rows = dense_rows(batch, k);
    EXPECT_EQ(std::multiset<std::vector<double>>(rows.begin(), rows.end()), expected);
  }
}

}  // namespace
}  // namespace cupel
