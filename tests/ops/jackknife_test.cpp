#include <cmath>
#include <utility>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

constexpr double kJackknifeSum = 5e4;
constexpr double kTolerance = 1e-12;  // relative, against the definition in long double

// The definition of cell-eval.md 3.0.4, cell by cell and gene by gene, about the plain mean.
double slow_jackknife(const DenseCells& dense, std::int64_t begin, std::int64_t end) {
  const std::int64_t n = end - begin;
  if (n < 2) return 0.0;
  std::vector<long double> total(static_cast<std::size_t>(n), 0.0L);
  std::vector<long double> sum(static_cast<std::size_t>(dense.cols), 0.0L);
  long double all = 0.0L;
  for (std::int64_t row = begin; row < end; ++row) {
    for (std::int64_t col = 0; col < dense.cols; ++col) {
      total[static_cast<std::size_t>(row - begin)] += dense(row, col);
      sum[static_cast<std::size_t>(col)] += dense(row, col);
      all += dense(row, col);
    }
  }
  if (all <= 0.0L) return 0.0;
  long double scatter = 0.0L;
  for (std::int64_t col = 0; col < dense.cols; ++col) {
    std::vector<long double> without;
    long double mean = 0.0L;
    for (std::int64_t row = begin; row < end; ++row) {
      const long double rest = all - total[static_cast<std::size_t>(row - begin)];
      const long double left = sum[static_cast<std::size_t>(col)] - dense(row, col);
      without.push_back(rest == 0.0L ? 0.0L : std::log1p(kJackknifeSum * left / rest));
      mean += without.back() / static_cast<long double>(n);
    }
    for (const long double v : without) scatter += (v - mean) * (v - mean);
  }
  return static_cast<double>(scatter * static_cast<long double>(n - 1) /
                             static_cast<long double>(n));
}

class Jackknife : public PerBackend {
 protected:
  std::vector<double> corrections(const DenseCells& dense, const std::vector<std::int64_t>& start,
                                  ValueType type, GeneType genes = GeneType::kU16) {
    return corrections(backend->upload(compress(dense, genes, type)), start);
  }
  std::vector<double> corrections(const Cells& cells, const std::vector<std::int64_t>& start) {
    const auto totals = backend->row_totals(cells.view(), InputType::kCounts);
    const auto sums =
        backend->group_moments(cells.view(), totals.view(), start, Linear{}, {.stored = true});
    return to_host(*backend, backend->jackknife(cells.view(), totals.view(), start,
                                                sums.stored.view(), kJackknifeSum));
  }
  void expect_the_definition(const DenseCells& dense, const std::vector<std::int64_t>& start,
                             ValueType type, GeneType genes = GeneType::kU16) {
    expect_the_definition(dense, start, corrections(dense, start, type, genes));
  }
  static void expect_the_definition(const DenseCells& dense, const std::vector<std::int64_t>& start,
                                    const std::vector<double>& actual) {
    for (std::size_t group = 0; group + 1 < start.size(); ++group) {
      const double expected = slow_jackknife(dense, start[group], start[group + 1]);
      EXPECT_NEAR(actual[group], expected, kTolerance * expected)
          << start[group + 1] - start[group] << " cells";
    }
  }
};

TEST_P(Jackknife, MatchesTheDefinitionForGroupsOfEverySize) {
  std::vector<std::int64_t> start{0};
  for (const int n : {2, 3, 4, 5, 7, 10, 19, 33, 39, 40, 41, 64, 100, 257, 500, 1200}) {
    start.push_back(start.back() + n);
  }
  const auto dense = random_counts(start.back(), 61, 31);
  expect_the_definition(dense, start, ValueType::kU16);
}

// Beyond the size from which the rows of one group are shared out.
TEST_P(Jackknife, MatchesTheDefinitionForLargeGroups) {
  expect_the_definition(random_counts(17700, 5, 35), {0, 17500, 17700}, ValueType::kU16);
}

// Around the edges of tiles of genes, with groups of cells that are all near, all far, and of both
// kinds; the last tile has fewer genes than a warp has threads.
TEST_P(Jackknife, MatchesTheDefinitionOverTilesOfGenes) {
  for (const std::int64_t genes : {31, 255, 256, 257, 511, 512, 513, 600}) {
    expect_the_definition(random_counts(163, genes, 36), {0, 0, 2, 31, 32, 163}, ValueType::kU16);
  }
}

TEST_P(Jackknife, MatchesTheDefinitionForManyGroups) {
  std::vector<std::int64_t> start{0};
  for (int group = 0; group < 300; ++group) start.push_back(start.back() + 2 + group % 2);
  expect_the_definition(random_counts(start.back(), 11, 37), start, ValueType::kU16);
}

// So many that tables of all groups at once would be too large.
TEST_P(Jackknife, MatchesTheDefinitionForMoreGenesThanSixteenBitsName) {
  constexpr std::int64_t kGenes = 70000;
  const auto few = random_counts(80, 40, 38);
  DenseCells dense{80, kGenes, std::vector<double>(static_cast<std::size_t>(80 * kGenes), 0.0)};
  for (std::int64_t row = 0; row < 80; ++row) {
    for (std::int64_t k = 0; k < 40; ++k) {
      dense.values[static_cast<std::size_t>(row * kGenes + k * 1790)] = few(row, k);
    }
  }
  std::vector<std::int64_t> start;
  for (std::int64_t row = 0; row <= 80; row += 2) start.push_back(row);
  const auto actual = corrections(dense, start, ValueType::kU16, GeneType::kU32);
  expect_the_definition(few, start, actual);  // genes that no cell holds add nothing
}

TEST_P(Jackknife, FollowsTheRowsWhereverTheyLie) {
  const auto dense = random_counts(130, 40, 39);
  auto host = compress(dense);
  reverse_rows(host);
  const std::vector<std::int64_t> start{0, 10, 130};
  expect_the_definition(reversed_rows(dense), start,
                        corrections(backend->upload(std::move(host)), start));
}

TEST_P(Jackknife, MatchesTheDefinitionForFractionalCounts) {
  auto dense = random_counts(310, 40, 32);
  for (double& value : dense.values) value *= 0.123;
  expect_the_definition(dense, {0, 2, 10, 310}, ValueType::kF64);
  for (double& value : dense.values) value = static_cast<float>(value);
  expect_the_definition(dense, {0, 2, 10, 310}, ValueType::kF32);
}

TEST_P(Jackknife, MatchesTheDefinitionWhenOneCellHoldsMostCounts) {
  for (const double factor : {3.0, 30.0, 200.0}) {
    auto dense = random_counts(80, 50, 33);
    for (std::int64_t col = 0; col < dense.cols; ++col) {
      dense.values[static_cast<std::size_t>(7 * dense.cols + col)] *= factor;
    }
    expect_the_definition(dense, {0, 80}, ValueType::kU16);
  }
}

TEST_P(Jackknife, MatchesTheDefinitionWhenCellsHardlyDiffer) {
  DenseCells dense{100, 30, {}};
  for (int i = 0; i < 3000; ++i) dense.values.push_back(1000.0 + (i * 7919) % 13);
  expect_the_definition(dense, {0, 100}, ValueType::kU16);
}

TEST_P(Jackknife, CountsACellThatHoldsEverythingAsZeroWhenItIsLeftOut) {
  expect_the_definition({3, 2, {0, 0, 3, 5, 0, 0}}, {0, 3}, ValueType::kU16);
  expect_the_definition({2, 2, {0, 0, 3, 5}}, {0, 2}, ValueType::kU16);
}

TEST_P(Jackknife, IsZeroForNoCellOneCellOrNoCounts) {
  const auto none = corrections({4, 2, {1, 2, 0, 0, 0, 0, 0, 0}}, {0, 0, 1, 4}, ValueType::kU16);
  EXPECT_EQ(none, (std::vector<double>{0.0, 0.0, 0.0}));
}

TEST_P(Jackknife, IsZeroForIdenticalCells) {
  DenseCells dense{64, 9, {}};
  for (int i = 0; i < 64 * 9; ++i) dense.values.push_back(i % 9);
  EXPECT_NEAR(corrections(dense, {0, 64}, ValueType::kU16)[0], 0.0, 1e-26);
}

TEST_P(Jackknife, IsTheSameBitsForAnyNumberOfThreads) {
  const auto dense = random_counts(600, 50, 34);
  const auto results = with_thread_counts([&] {
    return corrections(dense, {0, 30, 230, 600}, ValueType::kU16);
  });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, Jackknife, every_backend());

}  // namespace
}  // namespace cupel::test
