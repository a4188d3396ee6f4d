#include "cpu/rank_sums.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "cpu/rank_reference.hpp"
#include "cpu/simd_level.hpp"
#include "parallel/parallel.hpp"
#include "support/backend_test.hpp"

// tests/ops/rank_sum_test.cpp holds the results to their definition; here every way of computing
// them is held to the others: instruction sets, sizes of scratch memory, threads.
namespace cupel::test {
namespace {

constexpr std::int64_t kPlenty = std::int64_t{1} << 24;

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

Results rank(const Sides& sides, RankValues values, std::int64_t scratch_bytes = kPlenty,
             const CpuRankReference::Limits& limits = {.part_bytes = kPlenty}) {
  const CpuRankReference reference(sides.control.view(), sides.control_totals.data(),
                                   {sides.linear, values}, sides.genes, limits);
  const auto sums = rank_sums_within(scratch_bytes, reference, sides.cells.view(),
                                     sides.totals.data(), sides.group_start);
  const auto two_u = sums.two_u.view();
  const auto ties = sums.ties.view();
  return {{two_u.data, two_u.data + two_u.size()}, {ties.data, ties.data + ties.size()}};
}

class RankVariants
    : public ::testing::TestWithParam<std::tuple<RankValues, std::tuple<ValueType, InputType>>> {
 protected:
  RankValues values_ = std::get<0>(GetParam());
  Sides sides_ =
      sides_of(std::get<0>(std::get<1>(GetParam())), std::get<1>(std::get<1>(GetParam())));
};

TEST_P(RankVariants, GiveTheSameIntegers) {
  const Results expected = rank(sides_, values_);
  EXPECT_EQ(std::ranges::count(expected.two_u, 0), 100);  // those of the empty group alone
  for (const auto level : {SimdLevel::kPortable, SimdLevel::kAvx512}) {
    const SimdLimit simd(level);
    for (const int threads : {1, 2, 5}) {
      const ThreadLimit limit(threads);
      EXPECT_EQ(rank(sides_, values_), expected);
      // One gene at a time; one group at a time; a group in windows of genes; two groups a batch.
      EXPECT_EQ(rank(sides_, values_, kPlenty, {.part_bytes = 1}), expected);
      EXPECT_EQ(rank(sides_, values_, 1, {.part_bytes = 5000}), expected);
      EXPECT_EQ(rank(sides_, values_, 4000, {.part_bytes = 5000}), expected);
      EXPECT_EQ(rank(sides_, values_, 40'000, {.part_bytes = 5000}), expected);
    }
  }
}

// Codes of doubles: none between the control's keys, a few, so that some groups have to do without,
// and enough.
TEST_P(RankVariants, DoNotDependOnTheNumberOfCodes) {
  const Results expected = rank(sides_, values_);
  for (const int threads : {1, 3}) {
    const ThreadLimit limit(threads);
    for (const std::int32_t codes : {0, 20'000, 100'000, 1 << 20}) {
      for (const std::int64_t scratch : {std::int64_t{4000}, kPlenty}) {
        EXPECT_EQ(rank(sides_, values_, scratch, {.part_bytes = 5000, .codes = codes}), expected)
            << codes;
      }
    }
  }
}

// Groups against a reference that was built at the other level: tables of both kinds answer.
TEST_P(RankVariants, MayDifferBetweenReferenceAndGroups) {
  const auto expected = rank(sides_, values_);
  for (const auto built : {SimdLevel::kPortable, SimdLevel::kAvx512}) {
    std::unique_ptr<RankReference> reference;
    {
      const SimdLimit simd(built);
      reference =
          std::make_unique<CpuRankReference>(sides_.control.view(), sides_.control_totals.data(),
                                             RankRule{sides_.linear, values_}, sides_.genes);
    }
    const auto sums = rank_sums_within(kPlenty, *reference, sides_.cells.view(),
                                       sides_.totals.data(), sides_.group_start);
    EXPECT_TRUE(std::ranges::equal(expected.two_u,
                                   std::span(sums.two_u.view().data, expected.two_u.size())));
  }
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryStoredType, RankVariants,
    ::testing::Combine(::testing::Values(RankValues::kF32Linear, RankValues::kF64Log1p),
                       ::testing::Values(std::tuple{ValueType::kU16, InputType::kCounts},
                                         std::tuple{ValueType::kF32, InputType::kCounts},
                                         std::tuple{ValueType::kF64, InputType::kCounts},
                                         std::tuple{ValueType::kF32, InputType::kLognorm},
                                         std::tuple{ValueType::kF64, InputType::kLognorm})));

DenseCells dense(const Cells& cells) {
  const auto view = cells.view();
  DenseCells all{view.rows, view.n_genes,
                 std::vector<double>(static_cast<std::size_t>(view.rows * view.n_genes))};
  visit(view, [&](const auto& typed) {
    for (std::int64_t row = 0; row < typed.rows; ++row) {
      for (std::int64_t i = 0; i < typed.row_length[row]; ++i) {
        const auto at = typed.row_begin[row] + i;
        all.values[static_cast<std::size_t>(row * view.n_genes + typed.genes[at])] =
            static_cast<double>(typed.values[at]);
      }
    }
  });
  return all;
}

// Control and groups may be stored differently, as counts and a prediction with fractions are: the
// same values in another type rank alike.
TEST(RankSumsOfMixedTypes, RankTheSameValuesAlike) {
  for (const auto values : {RankValues::kF32Linear, RankValues::kF64Log1p}) {
    for (const auto input : {InputType::kCounts, InputType::kLognorm}) {
      const auto narrow = input == InputType::kCounts ? ValueType::kU16 : ValueType::kF32;
      const auto expected = rank(sides_of(narrow, input), values);
      for (const auto control : {ValueType::kU16, ValueType::kF32, ValueType::kF64}) {
        for (const auto groups : {ValueType::kU16, ValueType::kF32, ValueType::kF64}) {
          if (control < narrow || groups < narrow) continue;
          auto mixed = sides_of(narrow, input);
          mixed.control = compress(dense(mixed.control), GeneType::kU16, control);
          mixed.cells = compress(dense(mixed.cells), GeneType::kU16, groups);
          EXPECT_EQ(rank(mixed, values), expected);
        }
      }
    }
  }
}

// Doubles that no float equals, among controls that are floats: each lies between two of them.
TEST(RankSumsOfMixedTypes, PlaceDoublesBetweenFloats) {
  const auto next = [](double x) {
    return static_cast<double>(std::nextafterf(static_cast<float>(x), 100.0F));
  };
  const std::array floats{1.0, next(1.0), next(next(1.0))};
  const DenseCells control{4, 1, {floats[0], floats[1], floats[2], 0.0}};
  const double between = (floats[0] + floats[1]) / 2;
  const DenseCells cells{
      8,
      1,
      {between, std::nextafter(between, 2.0), floats[1], (floats[1] + floats[2]) / 2,
       std::nextafter(floats[0], 0.0), 5e-324, 1e300, floats[2]}};
  Sides sides;
  sides.control = compress(control, GeneType::kU16, ValueType::kF32);
  sides.cells = compress(cells, GeneType::kU16, ValueType::kF64);
  sides.control_totals = row_sums(control);
  sides.totals = row_sums(cells);
  sides.group_start = {0, 1, 2, 3, 4, 5, 6, 7, 8};
  sides.genes = {0};
  sides.linear.input = InputType::kLognorm;
  EXPECT_EQ(rank(sides, RankValues::kF64Log1p).two_u,
            (std::vector<std::int64_t>{4, 4, 5, 6, 2, 2, 8, 7}));
}

}  // namespace
}  // namespace cupel::test
