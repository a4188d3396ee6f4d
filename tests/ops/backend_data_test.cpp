#include <numeric>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

class BackendData : public PerBackend {};

// Nothing, less than a cache line, a size that threads cannot share evenly, and more than all the
// buffers that copies go through together.
TEST_P(BackendData, BringsBackWhatItWasGiven) {
  for (const std::int64_t n : {0, 1, 5, 1700003, 13000001}) {
    Dense dense = zeros(n, 1);
    std::iota(dense.values.begin(), dense.values.end(), 0.25);
    const auto there = to_backend(*backend, dense);
    EXPECT_EQ(there.space(), backend->space());
    EXPECT_TRUE(same_bits(to_host(*backend, there), dense.values)) << n;
  }
}

TEST_P(BackendData, LeavesTheArraysOfCellsWhereTheyAre) {
  const auto dense = random_counts(20, 30, 1);
  auto cells = compress(dense);
  const CellsView before = cells.view();
  const auto there = backend->upload(std::move(cells));
  EXPECT_EQ(there.view().space, backend->space());
  const auto totals = backend->row_totals(there.view(), InputType::kCounts);
  const auto host = make_backend("cpu");  // `before` is still good
  EXPECT_EQ(to_host(*backend, totals),
            to_host(*host, host->row_totals(before, InputType::kCounts)));
}

TEST_P(BackendData, HasAMemoryLimit) { EXPECT_GT(backend->memory_limit(), 0); }

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, BackendData, every_backend());

}  // namespace
}  // namespace cupel::test
