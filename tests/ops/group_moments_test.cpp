#include <cmath>

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

constexpr MomentRequest kAll{true, true, true, true};
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

struct Slow {
  Dense stored, linear, log;
  std::vector<double> log_squared;
};

Slow slow_moments(const DenseCells& dense, const std::vector<double>& totals,
                  const std::vector<std::int64_t>& start, const Setting& setting) {
  const auto groups = static_cast<std::int64_t>(start.size()) - 1;
  Slow sums{zeros(groups, dense.cols), zeros(groups, dense.cols), zeros(groups, dense.cols),
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
          {setting.input, kTargetSum, setting.float32, setting.renormalise}, kAll);
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
  const auto all = moments_of(dense, start, kAll);
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
  const auto moments = moments_of({2, 2, {0, 0, 3, 1}}, {0, 1, 2}, kAll);
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
    const auto moments = backend->group_moments(cells.view(), totals.view(), start, Linear{}, kAll);
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

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, GroupMomentsOnce, every_backend());

}  // namespace
}  // namespace cupel::test
