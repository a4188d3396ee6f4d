#include "fitting/made_cells.hpp"

#include <cmath>

#include "cupel/error.hpp"
#include "support/backend_test.hpp"
#include "support/matrices.hpp"

namespace cupel::fitting {
namespace {

constexpr std::int64_t kControl = 400;
constexpr std::int64_t kGenes = 9;

std::vector<double> values_of(const Matrix<double>& matrix) {
  return {matrix.view().data, matrix.view().data + matrix.view().size()};
}

std::vector<double> means(const Matrix<double>& cells) {
  std::vector<double> mean(static_cast<std::size_t>(cells.cols()), 0.0);
  for (std::int64_t i = 0; i < cells.rows(); ++i) {
    for (std::int64_t g = 0; g < cells.cols(); ++g) {
      mean[static_cast<std::size_t>(g)] += cells.view()(i, g) / static_cast<double>(cells.rows());
    }
  }
  return mean;
}

// log1p of sums that are normalised to `total`.
std::vector<double> profile_of(const std::vector<double>& mean, double total) {
  double sum = 0.0;
  for (const double value : mean) sum += value;
  std::vector<double> profile;
  for (const double value : mean) profile.push_back(std::log1p(value * total / sum));
  return profile;
}

class MadeCells : public ::testing::TestWithParam<CellMode> {
 protected:
  MadeCells() {
    auto dense = test::random_counts(kControl, kGenes, 5);
    const bool counts = GetParam() == CellMode::kScaleCounts || GetParam() == CellMode::kScale;
    for (std::int64_t i = 0; i < kControl; ++i) {
      dense.values[static_cast<std::size_t>(i * kGenes)] += 2.0;
      dense.values[static_cast<std::size_t>(i * kGenes + kGenes - 1)] = 0.0;  // a silent gene
    }
    if (!counts) {
      for (double& value : dense.values) value = std::log1p(value);
    }
    control = test::compress(dense);
    std::vector<std::int64_t> all;
    for (std::int64_t i = 0; i < kControl; ++i) all.push_back(i);
    mean = means(dense_rows(control, all));
    own = counts ? profile_of(mean, kTotal) : mean;
    auto wanted = mean;
    for (std::size_t g = 0; g < wanted.size(); ++g) wanted[g] *= g % 2 == 0 ? 1.5 : 0.4;
    wanted.back() = 0.3;
    target = counts ? profile_of(wanted, kTotal) : wanted;
  }
  [[nodiscard]] CellMaker maker(std::uint64_t seed = 1) const {
    return {GetParam(), control, {}, own, kTotal, seed};
  }

  static constexpr double kTotal = 5e4;
  Cells control;
  std::vector<double> mean, own, target;
};

TEST_P(MadeCells, HaveTheProfileAsTheirMean) {
  const auto cells = maker().make(target, 6000, 9);
  const auto made = means(cells);
  const bool counts = GetParam() == CellMode::kScaleCounts || GetParam() == CellMode::kScale;
  const auto profile = counts ? profile_of(made, kTotal) : made;
  for (std::size_t g = 0; g < profile.size(); ++g) {
    // Exact by construction, or up to which control cells were drawn; clipping raises what is
    // shifted far down, and a gene that no control cell has cannot be scaled.
    if (GetParam() == CellMode::kScale && g + 1 == profile.size()) {
      EXPECT_EQ(profile[g], 0.0);
      continue;
    }
    const bool exact = GetParam() == CellMode::kShiftExact || GetParam() == CellMode::kConstant;
    const bool clips = GetParam() == CellMode::kShift || GetParam() == CellMode::kGauss;
    EXPECT_GT(profile[g], target[g] - (exact ? 1e-9 : 0.2)) << g;
    EXPECT_LT(profile[g], target[g] + (exact ? 1e-9 : clips ? 1.0 : 0.2)) << g;
  }
}

TEST_P(MadeCells, AreTheSameForAnyNumberOfThreadsAndByStreamAlone) {
  const auto results =
      test::with_thread_counts([&] { return values_of(maker().make(target, 50, 9)); });
  EXPECT_TRUE(test::same_bits(results[0], results[1]));
  EXPECT_TRUE(test::same_bits(results[0], results[2]));
  if (GetParam() == CellMode::kConstant) return;
  EXPECT_FALSE(test::same_bits(results[0], values_of(maker().make(target, 50, 10))));
  EXPECT_FALSE(test::same_bits(results[0], values_of(maker(2).make(target, 50, 9))));
}

TEST_P(MadeCells, AreWhatCellsMayBe) {
  const auto cells = maker().make(target, 200, 3);
  for (std::int64_t i = 0; i < cells.view().size(); ++i) {
    const double value = cells.view().data[i];
    ASSERT_TRUE(std::isfinite(value) && value >= 0.0) << value;
    if (GetParam() == CellMode::kScaleCounts) {
      ASSERT_EQ(value, std::floor(value));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Each, MadeCells,
                         ::testing::Values(CellMode::kShiftExact, CellMode::kShift,
                                           CellMode::kGauss, CellMode::kScaleCounts,
                                           CellMode::kScale, CellMode::kConstant),
                         [](const auto& named) {
                           std::string name(mode_name(named.param));
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

// Thinning a count leaves a binomial count, raising it adds a Poisson count: variances say which.
TEST(ScaledCounts, HaveTheRightSpread) {
  test::DenseCells dense{2, 3, {40.0, 40.0, 100.0, 40.0, 40.0, 100.0}};
  const auto control = test::compress(dense);
  const std::vector<double> own = profile_of({40.0, 40.0, 100.0}, 180.0);
  const std::vector<double> wanted{std::log1p(10.0), std::log1p(120.0), std::log1p(100.0)};
  const CellMaker maker(CellMode::kScaleCounts, control, {}, own, 180.0, 7);
  constexpr std::int64_t kCells = 20000;
  const auto cells = maker.make(wanted, kCells, 1);
  const auto mean = means(cells);
  double squares[2] = {0.0, 0.0};
  for (std::int64_t i = 0; i < kCells; ++i) {
    for (std::int64_t g = 0; g < 2; ++g) {
      const double off = cells.view()(i, g) - mean[static_cast<std::size_t>(g)];
      squares[g] += off * off / static_cast<double>(kCells);
    }
    ASSERT_EQ(cells.view()(i, 2), 100.0) << "what does not change was drawn again";
  }
  EXPECT_NEAR(mean[0], 10.0, 0.1);  // of 40, a quarter: variance 40 · 1/4 · 3/4
  EXPECT_NEAR(squares[0], 7.5, 0.4);
  EXPECT_NEAR(mean[1], 120.0, 0.3);  // 40 and a Poisson count of mean 80
  EXPECT_NEAR(squares[1], 80.0, 3.0);
}

TEST(GaussCells, HaveTheControlsDeviation) {
  test::DenseCells dense{4, 2, {5.0, 0.0, 7.0, 0.0, 9.0, 0.0, 7.0, 8.0}};
  const auto control = test::compress(dense);
  const CellMaker maker(CellMode::kGauss, control, {}, std::vector<double>{7.0, 2.0}, 1.0, 7);
  constexpr std::int64_t kCells = 20000;
  const auto cells = maker.make(std::vector<double>{30.0, 40.0}, kCells, 1);
  const auto mean = means(cells);
  double squares[2] = {0.0, 0.0};
  for (std::int64_t i = 0; i < kCells; ++i) {
    for (std::int64_t g = 0; g < 2; ++g) {
      const double off = cells.view()(i, g) - mean[static_cast<std::size_t>(g)];
      squares[g] += off * off / static_cast<double>(kCells);
    }
  }
  EXPECT_NEAR(squares[0], 8.0 / 3.0, 0.1);
  EXPECT_NEAR(squares[1], 16.0, 0.6);
}

// The same control cells in another order make the same cells.
TEST(CellDraws, TurnTheirBackOnTheOrderOfRows) {
  const test::DenseCells there{3, 2, {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}};
  const test::DenseCells turned{3, 2, {5.0, 6.0, 1.0, 2.0, 3.0, 4.0}};
  const auto a = test::compress(there);
  const auto b = test::compress(turned);
  const std::vector<double> own{3.0, 4.0};
  const std::vector<std::uint64_t> keys{7, 3, 5};
  const std::vector<std::uint64_t> turned_keys{5, 7, 3};
  const std::vector<double> wanted{4.0, 5.0};
  const auto make = [&](const Cells& cells, const std::vector<std::uint64_t>& key) {
    return values_of(CellMaker(CellMode::kShift, cells, key, own, 1.0, 7).make(wanted, 40, 1));
  };
  EXPECT_EQ(make(a, keys), make(b, turned_keys));
  EXPECT_NE(make(a, keys), make(b, keys));
}

TEST(CellModes, AreOfLogExpressionOrOfCounts) {
  EXPECT_EQ(parse_mode("", InputType::kLognorm), CellMode::kShiftExact);
  EXPECT_EQ(parse_mode("", InputType::kCounts), CellMode::kScaleCounts);
  EXPECT_EQ(parse_mode("gauss", InputType::kLognorm), CellMode::kGauss);
  EXPECT_THROW(static_cast<void>(parse_mode("gauss", InputType::kCounts)), Error);
  EXPECT_THROW(static_cast<void>(parse_mode("scale", InputType::kLognorm)), Error);
  EXPECT_THROW(static_cast<void>(parse_mode("magic", InputType::kLognorm)), Error);
}

}  // namespace
}  // namespace cupel::fitting
