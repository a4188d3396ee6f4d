#include <cmath>
#include <utility>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

struct Setting {
  InputType input;
  bool float32;
  ValueType values;
  bool renormalise = false;
};

const std::vector<Setting> kSettings{{InputType::kCounts, false, ValueType::kU16},
                                     {InputType::kCounts, true, ValueType::kU16},
                                     {InputType::kCounts, false, ValueType::kF32},
                                     {InputType::kCounts, true, ValueType::kF32},
                                     {InputType::kCounts, false, ValueType::kF64},
                                     {InputType::kCounts, true, ValueType::kF64},
                                     {InputType::kLognorm, false, ValueType::kF32},
                                     {InputType::kLognorm, false, ValueType::kF64},
                                     {InputType::kLognorm, false, ValueType::kF32, true},
                                     {InputType::kLognorm, false, ValueType::kF64, true}};

constexpr MomentRequest kAllMoments{true, true, true, true};
constexpr double kTargetSum = 1e4;

// Three groups whose middle one is empty, over rows.
std::vector<std::int64_t> three_groups(std::int64_t rows) { return {0, rows / 3, rows / 3, rows}; }

// Counts with a few that no table holds, or their logarithms as float holds them.
DenseCells values_for(const Setting& setting, std::int64_t rows, std::int64_t cols) {
  auto dense = random_counts(rows, cols, 21);
  for (std::size_t i = 0; i < dense.values.size(); i += 37) dense.values[i] *= 60.0;
  for (double& value : dense.values) {
    if (setting.input == InputType::kLognorm) {
      value = static_cast<float>(std::log1p(value * 1.7));
    } else if (setting.values != ValueType::kU16) {
      value = static_cast<float>(value * 0.37);
    }
  }
  return dense;
}

double slow_linear(double value, double total, const Setting& setting) {
  if (setting.input == InputType::kLognorm) {
    const double linear = setting.values == ValueType::kF32
                              ? static_cast<double>(static_cast<float>(std::expm1(value)))
                              : std::expm1(value);
    return setting.renormalise && total != 0.0 ? linear * (kTargetSum / total) : linear;
  }
  if (total == 0.0) return value;
  if (!setting.float32) return value / (total / kTargetSum);
  return static_cast<double>(static_cast<float>(value) * static_cast<float>(kTargetSum / total));
}

struct SlowMoments {
  Dense stored, linear, log;
  std::vector<double> log_squared;
};

SlowMoments slow_moments(const DenseCells& dense, const std::vector<double>& totals,
                         const std::vector<std::int64_t>& start, const Setting& setting) {
  const auto groups = static_cast<std::int64_t>(start.size()) - 1;
  SlowMoments sums{zeros(groups, dense.cols), zeros(groups, dense.cols), zeros(groups, dense.cols),
                   std::vector<double>(static_cast<std::size_t>(groups))};
  for (std::int64_t group = 0; group < groups; ++group) {
    const auto g = static_cast<std::size_t>(group);
    for (std::int64_t row = start[g]; row < start[g + 1]; ++row) {
      for (std::int64_t col = 0; col < dense.cols; ++col) {
        const double value = dense(row, col);
        const double linear = slow_linear(value, totals[static_cast<std::size_t>(row)], setting);
        const double log = setting.input == InputType::kLognorm ? value : std::log1p(linear);
        sums.stored(group, col) += value;
        sums.linear(group, col) += linear;
        sums.log(group, col) += log;
        sums.log_squared[g] += log * log;
      }
    }
  }
  return sums;
}

void expect_near(const std::vector<double>& actual, const std::vector<double>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    // up to 70,000 positive doubles in another order, each within a few ulp
    ASSERT_NEAR(actual[i], expected[i], 4e-13 * expected[i]) << "at " << i;
  }
}

class GroupMomentsOp : public PerShape {};

TEST_P(GroupMomentsOp, MatchTheSlowReference) {
  const auto [rows, cols] = std::get<1>(GetParam());
  const auto start = three_groups(rows);
  for (const auto& setting : kSettings) {
    const auto dense = values_for(setting, rows, cols);
    for (const auto genes : {GeneType::kU16, GeneType::kU32}) {
      const auto cells = backend->upload(compress(dense, genes, setting.values));
      const auto totals = backend->row_totals(cells.view(), setting.input);
      const auto moments = backend->group_moments(
          cells.view(), totals.view(), start,
          {setting.input, kTargetSum, setting.float32, setting.renormalise}, kAllMoments);
      const auto slow = slow_moments(dense, to_host(*backend, totals), start, setting);
      expect_near(to_host(*backend, moments.stored), slow.stored.values);
      expect_near(to_host(*backend, moments.linear), slow.linear.values);
      expect_near(to_host(*backend, moments.log), slow.log.values);
      expect_near(to_host(*backend, moments.log_squared), slow.log_squared);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, GroupMomentsOp, every_shape(), shape_name);

class GroupMomentsOnce : public PerBackend {
 protected:
  GroupMoments moments_of(const DenseCells& dense, const std::vector<std::int64_t>& start,
                          const MomentRequest& request) {
    const auto cells = backend->upload(compress(dense));
    const auto totals = backend->row_totals(cells.view(), InputType::kCounts);
    return backend->group_moments(cells.view(), totals.view(), start, Linear{}, request);
  }
};

TEST_P(GroupMomentsOnce, HoldOnlyWhatWasAskedFor) {
  const auto dense = random_counts(20, 10, 22);
  const std::vector<std::int64_t> start{0, 5, 20};
  const auto all = moments_of(dense, start, kAllMoments);
  for (int bits = 0; bits < 16; ++bits) {
    const MomentRequest request{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0};
    const auto some = moments_of(dense, start, request);
    const auto check = [&](const Matrix<double>& part, const Matrix<double>& whole, bool asked) {
      if (asked) {
        EXPECT_EQ(to_host(*backend, part), to_host(*backend, whole));
      } else {
        EXPECT_EQ(part.rows(), 0);
      }
    };
    check(some.stored, all.stored, request.stored);
    check(some.linear, all.linear, request.linear);
    check(some.log, all.log, request.log);
    check(some.log_squared, all.log_squared, request.log_squared);
  }
}

// Groups beyond the size from which the rows of one group are shared out.
TEST_P(GroupMomentsOnce, AddLargeGroupsExactly) {
  const auto dense = random_counts(20000, 7, 23);
  const std::vector<std::int64_t> start{0, 300, 19000, 20000};
  const auto sums =
      to_dense(*backend, moments_of(dense, start, {true, false, false, false}).stored);
  for (std::int64_t group = 0; group < 3; ++group) {
    const auto g = static_cast<std::size_t>(group);
    for (std::int64_t col = 0; col < dense.cols; ++col) {
      double expected = 0.0;
      for (std::int64_t row = start[g]; row < start[g + 1]; ++row) expected += dense(row, col);
      EXPECT_EQ(sums(group, col), expected);
    }
  }
}

TEST_P(GroupMomentsOnce, LeaveACellWithoutCountsAsItIs) {
  const auto moments = moments_of({2, 2, {0, 0, 3, 1}}, {0, 1, 2}, kAllMoments);
  EXPECT_EQ(to_host(*backend, moments.linear), (std::vector<double>{0, 0, 750000, 250000}));
  EXPECT_EQ(to_host(*backend, moments.log_squared)[0], 0.0);
}

TEST_P(GroupMomentsOnce, AreTheSameBitsForAnyNumberOfThreads) {
  auto dense = random_counts(12000, 9, 24);
  for (double& value : dense.values) value *= 0.3;
  const auto cells = backend->upload(compress(dense));
  const auto totals = backend->row_totals(cells.view(), InputType::kCounts);
  const std::vector<std::int64_t> start{0, 9000, 9100, 12000};
  const auto results = with_thread_counts([&] {
    const auto moments =
        backend->group_moments(cells.view(), totals.view(), start, Linear{}, kAllMoments);
    auto values = to_host(*backend, moments.stored);
    for (const auto* part : {&moments.linear, &moments.log, &moments.log_squared}) {
      const auto more = to_host(*backend, *part);
      values.insert(values.end(), more.begin(), more.end());
    }
    return values;
  });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

// All four sums, one after the other.
std::vector<double> all_sums(Backend& backend, const Cells& cells,
                             const std::vector<std::int64_t>& start, const Setting& setting) {
  const auto totals = backend.row_totals(cells.view(), setting.input);
  const auto moments = backend.group_moments(
      cells.view(), totals.view(), start,
      {setting.input, kTargetSum, setting.float32, setting.renormalise}, kAllMoments);
  auto values = to_host(backend, moments.stored);
  for (const auto* part : {&moments.linear, &moments.log, &moments.log_squared}) {
    const auto more = to_host(backend, *part);
    values.insert(values.end(), more.begin(), more.end());
  }
  return values;
}

// A gene's values are added row by row, whatever the launch: around the edges of tiles of genes,
// with groups that are empty or of one cell, and more than the rows that a warp looks up at once.
TEST_P(GroupMomentsOnce, HaveTheBitsOfTheCpu) {
  const auto cpu = make_backend("cpu");
  const std::vector<std::int64_t> start{0, 0, 1, 34, 34, 66, 70, 70};
  for (const std::int64_t cols : {1, 255, 256, 257, 1023, 1024, 1025, 1300}) {
    for (const auto& setting : kSettings) {
      const auto dense = values_for(setting, 70, cols);
      const auto cells = backend->upload(compress(dense, GeneType::kU16, setting.values));
      const auto host = compress(dense, GeneType::kU16, setting.values);
      ASSERT_TRUE(same_bits(all_sums(*backend, cells, start, setting),
                            all_sums(*cpu, host, start, setting)))
          << cols << " genes";
    }
  }
}

// On both sides of the size from which a group is cut into pieces.
TEST_P(GroupMomentsOnce, HaveTheBitsOfTheCpuInLargeGroups) {
  const auto cpu = make_backend("cpu");
  const Setting setting{InputType::kCounts, false, ValueType::kF64};
  auto dense = random_counts(4096 + 4097 + 5, 3, 25);
  for (double& value : dense.values) value *= 0.3;
  const std::vector<std::int64_t> start{0, 4096, 8193, 8198};
  const auto cells = backend->upload(compress(dense));
  EXPECT_TRUE(same_bits(all_sums(*backend, cells, start, setting),
                        all_sums(*cpu, compress(dense), start, setting)));
}

// Rows that hold all genes, the first few, the last few, or none: where a row's part of a tile is
// looked for from both ends.
TEST_P(GroupMomentsOnce, FindTheTileInRowsOfAnyKind) {
  constexpr std::int64_t kGenes = 600;
  DenseCells dense = {8, kGenes, std::vector<double>(8 * kGenes, 0.0)};
  const auto fill = [&](std::int64_t row, std::int64_t begin, std::int64_t end) {
    for (std::int64_t gene = begin; gene < end; ++gene) {
      dense.values[static_cast<std::size_t>(row * kGenes + gene)] =
          static_cast<double>(1 + (gene * 7 + row) % 50);
    }
  };
  fill(0, 0, kGenes);
  fill(1, 0, 3);
  fill(2, kGenes - 3, kGenes);
  fill(4, 255, 257);
  fill(5, 300, 301);
  fill(6, 0, 400);
  fill(7, 200, kGenes);
  const std::vector<std::int64_t> start{0, 1, 2, 3, 4, 5, 6, 7, 8};
  const auto sums = to_host(*backend, moments_of(dense, start, {true, false, false, false}).stored);
  EXPECT_EQ(sums, dense.values);
}

TEST_P(GroupMomentsOnce, TakeMoreGenesThanSixteenBitsName) {
  constexpr std::int64_t kGenes = 70000;
  DenseCells dense = {3, kGenes, std::vector<double>(3 * kGenes, 0.0)};
  for (const std::int64_t gene : {0, 255, 256, 40000, 65535, 65536, 65791, 65792, 69999}) {
    for (std::int64_t row = 0; row < 3; ++row) {
      dense.values[static_cast<std::size_t>(row * kGenes + gene)] =
          static_cast<double>(row + 1 + gene % 17);
    }
  }
  const auto sums = to_dense(*backend, moments_of(dense, {0, 1, 3}, kAllMoments).stored);
  for (std::int64_t gene = 0; gene < kGenes; ++gene) {
    ASSERT_EQ(sums(0, gene), dense(0, gene)) << gene;
    ASSERT_EQ(sums(1, gene), dense(1, gene) + dense(2, gene)) << gene;
  }
}

TEST_P(GroupMomentsOnce, FollowTheRowsWhereverTheyLie) {
  const auto dense = random_counts(50, 300, 26);
  auto host = compress(dense);
  reverse_rows(host);
  const auto cells = backend->upload(std::move(host));
  const auto totals = backend->row_totals(cells.view(), InputType::kCounts);
  const auto view = cells.view().slice(2, 50);
  const MatrixView<const double> of_rows{std::as_const(totals).view().row(2), 48, 1,
                                         totals.space()};
  const auto sums = to_dense(*backend, backend
                                           ->group_moments(view, of_rows, {{0, 40, 48}}, Linear{},
                                                           {.stored = true, .linear = true})
                                           .linear);
  const auto reversed = reversed_rows(dense);
  for (std::int64_t col = 0; col < dense.cols; ++col) {
    double expected = 0.0;
    for (std::int64_t row = 2; row < 42; ++row) {
      double total = 0.0;
      for (std::int64_t other = 0; other < dense.cols; ++other) total += reversed(row, other);
      expected += reversed(row, col) / (total / 1e6);
    }
    EXPECT_EQ(sums(0, col), expected);
  }
}

TEST_P(GroupMomentsOnce, GiveNothingForNoGroups) {
  const auto moments = moments_of({0, 5, {}}, {0}, kAllMoments);
  EXPECT_EQ(moments.stored.rows(), 0);
  EXPECT_EQ(moments.log_squared.rows(), 0);
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, GroupMomentsOnce, every_backend());

}  // namespace
}  // namespace cupel::test
