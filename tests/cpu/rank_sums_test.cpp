#include "cpu/rank_sums.hpp"

#include <algorithm>
#include <numeric>

#include "cpu/rank_reference.hpp"
#include "cpu/simd_level.hpp"
#include "parallel/parallel.hpp"
#include "support/backend_test.hpp"

// tests/ops/rank_sum_test.cpp holds the results to their definition; here every way of computing
// them is held to the others: instruction sets, sizes of scratch memory, threads.
namespace cupel::test {
namespace {

struct Results {
  std::vector<std::int64_t> two_u;
  std::vector<double> ties;
  friend bool operator==(const Results&, const Results&) = default;
};

struct Sides {
  Cells control;
  Cells cells;
  std::vector<double> control_totals;
  std::vector<double> totals;
  std::vector<std::int64_t> group_start;
  std::vector<std::int32_t> genes;
  Linear linear;
};

std::vector<double> row_sums(const DenseCells& cells) {
  std::vector<double> sums;
  for (std::int64_t row = 0; row < cells.rows; ++row) {
    const auto* begin = cells.values.data() + row * cells.cols;
    sums.push_back(std::accumulate(begin, begin + cells.cols, 0.0));
  }
  return sums;
}

// Counts from 1 to thousands, so that both a count's own run and a run of one gene occur; a third
// of the genes is not tested.
Sides sides_of(ValueType values, InputType input) {
  constexpr std::int64_t kControl = 700;
  constexpr std::int64_t kGenes = 150;
  Sides sides;
  sides.group_start = {0, 40, 41, 41, 300, 333, 349, 365};
  auto all = random_counts(kControl + sides.group_start.back(), kGenes, 77);
  for (std::size_t i = 0; i < all.values.size(); ++i) {
    const double x = all.values[i];
    const double wide = i % 7 == 0 ? x * x * x : x;
    const double scaled = input == InputType::kLognorm ? std::log1p(wide * 11) : wide;
    all.values[i] = values == ValueType::kU16   ? std::min(wide, 65'535.0)
                    : values == ValueType::kF32 ? static_cast<double>(static_cast<float>(scaled))
                                                : scaled * 1.1;
  }
  const auto split = all.values.begin() + kControl * kGenes;
  const DenseCells control{kControl, kGenes, {all.values.begin(), split}};
  const DenseCells cells{sides.group_start.back(), kGenes, {split, all.values.end()}};
  sides.control = compress(control, GeneType::kU16, values);
  sides.cells = compress(cells, GeneType::kU16, values);
  sides.control_totals = row_sums(control);
  sides.totals = row_sums(cells);
  for (std::int32_t gene = 0; gene < kGenes; ++gene) {
    if (gene % 3 != 1) sides.genes.push_back(gene);
  }
  sides.linear.input = input;
  return sides;
}

template <typename Key>
Results rank(const Sides& sides, std::int64_t part_bytes, std::int64_t scratch_bytes) {
  const CpuRankReference<Key> reference(sides.control.view(), sides.control_totals.data(),
                                        sides.linear, sides.genes, part_bytes);
  const auto sums = rank_sums_within(scratch_bytes, reference, sides.cells.view(),
                                     sides.totals.data(), sides.group_start);
  const auto two_u = sums.two_u.view();
  const auto ties = sums.ties.view();
  return {{two_u.data, two_u.data + two_u.size()}, {ties.data, ties.data + ties.size()}};
}

constexpr std::int64_t kPlenty = std::int64_t{1} << 24;

class RankVariants : public ::testing::TestWithParam<std::tuple<ValueType, InputType>> {
 protected:
  Sides sides_ = sides_of(std::get<0>(GetParam()), std::get<1>(GetParam()));

  template <typename Key>
  void expect_all_ways_agree() {
    const Results expected = rank<Key>(sides_, kPlenty, kPlenty);
    EXPECT_EQ(std::ranges::count(expected.two_u, 0), 100);  // those of the empty group alone
    for (const auto level : {SimdLevel::kPortable, SimdLevel::kAvx512}) {
      const SimdLimit simd(level);
      for (const int threads : {1, 2, 5}) {
        const ThreadLimit limit(threads);
        EXPECT_EQ((rank<Key>(sides_, kPlenty, kPlenty)), expected);
        // One gene at a time; one group at a time; a group in windows of genes; two groups a batch.
        EXPECT_EQ((rank<Key>(sides_, 1, kPlenty)), expected);
        EXPECT_EQ((rank<Key>(sides_, 5000, 1)), expected);
        EXPECT_EQ((rank<Key>(sides_, 5000, 4000)), expected);
        EXPECT_EQ((rank<Key>(sides_, 5000, 40'000)), expected);
      }
    }
  }
};

TEST_P(RankVariants, OfFloatKeysGiveTheSameIntegers) { expect_all_ways_agree<std::int32_t>(); }

TEST_P(RankVariants, OfDoubleKeysGiveTheSameIntegers) { expect_all_ways_agree<std::int64_t>(); }

// Groups against a reference that was built at the other level: tables of both kinds answer.
TEST_P(RankVariants, MayDifferBetweenReferenceAndGroups) {
  const auto expected = rank<std::int32_t>(sides_, kPlenty, kPlenty);
  for (const auto built : {SimdLevel::kPortable, SimdLevel::kAvx512}) {
    std::unique_ptr<RankReference> reference;
    {
      const SimdLimit simd(built);
      reference = std::make_unique<CpuRankReference<std::int32_t>>(
          sides_.control.view(), sides_.control_totals.data(), sides_.linear, sides_.genes);
    }
    const auto sums = rank_sums_within(kPlenty, *reference, sides_.cells.view(),
                                       sides_.totals.data(), sides_.group_start);
    EXPECT_TRUE(std::ranges::equal(expected.two_u,
                                   std::span(sums.two_u.view().data, expected.two_u.size())));
  }
}

INSTANTIATE_TEST_SUITE_P(OfEveryStoredType, RankVariants,
                         ::testing::Values(std::tuple{ValueType::kU16, InputType::kCounts},
                                           std::tuple{ValueType::kF32, InputType::kCounts},
                                           std::tuple{ValueType::kF64, InputType::kCounts},
                                           std::tuple{ValueType::kF32, InputType::kLognorm},
                                           std::tuple{ValueType::kF64, InputType::kLognorm}));

// Control and groups may be stored differently: counts, and a prediction with fractions.
TEST(RankSumsOfMixedTypes, RankTheSameValuesAlike) {
  const auto counts = sides_of(ValueType::kU16, InputType::kCounts);
  const auto expected32 = rank<std::int32_t>(counts, kPlenty, kPlenty);
  const auto expected64 = rank<std::int64_t>(counts, kPlenty, kPlenty);
  for (const auto stored : {ValueType::kF32, ValueType::kF64}) {
    auto mixed = sides_of(ValueType::kU16, InputType::kCounts);
    // The same values in another type.
    const auto view = counts.cells.view();
    DenseCells dense{view.rows, view.n_genes,
                     std::vector<double>(static_cast<std::size_t>(view.rows * view.n_genes))};
    visit(view, [&](const auto& typed) {
      for (std::int64_t row = 0; row < typed.rows; ++row) {
        for (std::int64_t i = 0; i < typed.row_length[row]; ++i) {
          const auto at = typed.row_begin[row] + i;
          dense.values[static_cast<std::size_t>(row * view.n_genes + typed.genes[at])] =
              static_cast<double>(typed.values[at]);
        }
      }
    });
    mixed.cells = compress(dense, GeneType::kU16, stored);
    EXPECT_EQ((rank<std::int32_t>(mixed, kPlenty, kPlenty)), expected32);
    EXPECT_EQ((rank<std::int64_t>(mixed, kPlenty, kPlenty)), expected64);
  }
}

}  // namespace
}  // namespace cupel::test
