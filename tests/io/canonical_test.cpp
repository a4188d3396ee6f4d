// Sparse matrices that are not in order: unsorted, with duplicates, with stored zeros.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "io/h5ad_screen.hpp"
#include "io/slow_cells.hpp"
#include "support/scratch_folder.hpp"
#include "support/tiny_h5ad.hpp"

namespace cupel::io {
namespace {

using test::SlowRow;
using test::TinyH5ad;
using test::Triplet;
using Entries = std::vector<Triplet>;

class Canonical : public ::testing::TestWithParam<const char*> {
 protected:
  LoadedCells read(std::int64_t n_cells, std::int64_t n_genes, const Entries& entries,
                   const test::Storage& storage) {
    {
      TinyH5ad(folder_.file("x.h5ad"), n_cells, n_genes)
          .add_sparse("X", GetParam(), entries, storage);
    }
    std::vector<std::int64_t> rows(static_cast<std::size_t>(n_cells));
    std::iota(rows.begin(), rows.end(), 0);
    return open_h5ad(folder_.file("x.h5ad"))->read(rows);
  }

  void expect(const LoadedCells& loaded, const std::vector<SlowRow>& expected) {
    const auto rows = test::rows_of(loaded);
    ASSERT_EQ(rows.size(), expected.size());
    for (std::size_t k = 0; k < rows.size(); ++k) {
      EXPECT_TRUE(test::same(rows[k], expected[k])) << "row " << k;
      EXPECT_EQ(loaded.row_key[k], test::slow_key(expected[k])) << "row " << k;
    }
  }

  test::ScratchFolder folder_;
};

TEST_P(Canonical, DisorderGivesTheSameAsOrder) {
  std::mt19937_64 rng(7);
  Entries entries;
  for (std::int64_t row = 0; row < 40; ++row) {
    for (std::int64_t col = 0; col < 60; ++col) {
      if (rng() % 2 == 0) entries.push_back({row, col, static_cast<double>(rng() % 4)});
    }
  }
  const auto expected = test::slow_rows(40, entries);
  for (const std::int64_t chunk : {1, 3, 64, 5000}) {
    std::ranges::shuffle(entries, rng);
    expect(read(40, 60, entries, {.chunk = chunk}), expected);
  }
}

TEST_P(Canonical, OneStepOutOfOrderIsFoundWhereverTheChunksEnd) {
  // A single swap of neighbours in one row, for every place of the swap and every chunk border.
  constexpr std::int64_t kGenes = 9;
  for (std::int64_t swap = 0; swap + 1 < kGenes; ++swap) {
    for (std::int64_t chunk = 1; chunk <= 2 * kGenes; ++chunk) {
      Entries entries;
      for (std::int64_t row = 0; row < 2; ++row) {
        for (std::int64_t col = 0; col < kGenes; ++col) {
          entries.push_back({row, col, static_cast<double>(1 + row + col)});
        }
      }
      std::swap(entries[static_cast<std::size_t>(kGenes + swap)],
                entries[static_cast<std::size_t>(kGenes + swap + 1)]);
      expect(read(2, kGenes, entries, {.chunk = chunk}), test::slow_rows(2, entries));
    }
  }
}

TEST_P(Canonical, StoredZerosAreDropped) {
  const Entries entries{{0, 0, 0}, {0, 3, 5}, {1, 1, 0}, {2, 0, 1}, {2, 2, 0}, {2, 4, 2}};
  expect(read(3, 5, entries, {}), {{{3, 5.0}}, {}, {{0, 1.0}, {4, 2.0}}});
}

TEST_P(Canonical, DuplicatesThatCancelAreDropped) {
  const Entries entries{{0, 1, 3}, {0, 1, -3}, {0, 2, 4}};
  expect(read(1, 5, entries, {}), {{{2, 4.0}}});
}

TEST_P(Canonical, DuplicatesAddAsTheFilesTypeDoes) {
  struct {
    const char* type;
    double a, b, sum;
  } const cases[] = {
      {"uint8", 200, 100, 44},
      {"int8", 100, 100, -56},
      {"uint16", 60000, 60000, 54464},
      {"int16", 30000, 30000, -5536},
      {"uint32", 4294967295.0, 2, 1},
      {"int32", 2147483647, 1, -2147483648.0},
      {"int64", 0x1p52, 0x1p52, 0x1p53},
      {"float16", 2048, 1, 2048},
      {"float16", 2050, 1, 2052},  // halfway, to even
      {"float32", 16777216, 1, 16777216},
      {"float64", 16777216, 1, 16777217},
      {"float32", 40000, 40000, 80000},  // no longer fits 16 bits: starts again
      {"bool", 1, 1, 1},
  };
  for (const auto& [type, a, b, sum] : cases) {
    SCOPED_TRACE(type);
    const Entries entries{{0, 0, 1}, {1, 3, a}, {1, 0, 1}, {1, 3, b}};
    expect(read(2, 5, entries, {.type = type}), {{{0, 1.0}}, {{0, 1.0}, {3, sum}}});
  }
}

TEST_P(Canonical, ThreeDuplicatesAddInTheirOrder) {
  // In float32, (2^24 + 1) + 1 is 2^24, but (1 + 1) + 2^24 is not.
  expect(read(1, 1, {{0, 0, 16777216}, {0, 0, 1}, {0, 0, 1}}, {}), {{{0, 16777216.0}}});
  expect(read(1, 1, {{0, 0, 1}, {0, 0, 1}, {0, 0, 16777216}}, {}), {{{0, 16777218.0}}});
}

TEST_P(Canonical, RowKeysDoNotDependOnLayoutTypeOrDisorder) {
  const Entries entries{{0, 1, 3}, {0, 2, 4}, {1, 0, 7}};
  const auto keys = read(2, 5, entries, {.type = "uint16"}).row_key;
  EXPECT_EQ(read(2, 5, entries, {.type = "float64"}).row_key, keys);
  EXPECT_EQ(read(2, 5, {{1, 0, 7}, {0, 2, 4}, {0, 1, 1}, {0, 1, 2}, {0, 4, 0}}, {}).row_key, keys);
  // A value too wide for 16 bits elsewhere makes all of them floats.
  const auto with_wide = read(3, 5, {{0, 1, 3}, {0, 2, 4}, {1, 0, 7}, {2, 0, 0.5}}, {}).row_key;
  EXPECT_TRUE(std::equal(keys.begin(), keys.end(), with_wide.begin()));
}

INSTANTIATE_TEST_SUITE_P(Sparse, Canonical, ::testing::Values("csr", "csc"));

}  // namespace
}  // namespace cupel::io
