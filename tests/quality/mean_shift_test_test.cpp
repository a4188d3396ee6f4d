#include "quality/mean_shift_test.hpp"

#include <cmath>
#include <random>

#include "quality/e_test.hpp"
#include "support/matrices.hpp"

namespace cupel::quality {
namespace {

using test::Dense;

Matrix<std::int16_t> fixed(const Dense& cells, float scale = 256.0F) {
  auto floats = make_host_matrix<float>(cells.rows, cells.cols);
  for (std::int64_t i = 0; i < floats.view().size(); ++i) {
    floats.view().data[i] = static_cast<float>(cells.values[static_cast<std::size_t>(i)]);
  }
  return to_fixed_point(floats.view(), scale);
}

Dense shifted(Dense cells, double by) {
  for (double& value : cells.values) value += by;
  return cells;
}

MeanShift tested(const Dense& group, const Dense& control, const MeanShiftOptions& options = {}) {
  const auto a = fixed(group);
  const auto b = fixed(control);
  return mean_shift_test(a.view(), b.view(), options);
}

TEST(MeanShiftTest, IsTheETestOfSquaredDistances) {
  // The E-test over all splits, from all pairs of cells; this one draws them.
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    const auto group =
        fixed(shifted(test::random_matrix(4, 3, seed), 0.25 * static_cast<double>(seed)));
    const auto control = fixed(test::random_matrix(6, 3, seed + 10));
    auto distance = make_host_matrix<double>(10, 10);
    const auto cell = [&](std::int64_t i) {
      return i < 4 ? group.view().row(i) : control.view().row(i - 4);
    };
    for (std::int64_t i = 0; i < 10; ++i) {
      for (std::int64_t j = 0; j < 10; ++j) {
        double squared = 0.0;
        for (int k = 0; k < 3; ++k) squared += std::pow(cell(i)[k] - cell(j)[k], 2.0);
        distance.view()(i, j) = squared;
      }
    }
    const auto exact = e_test(distance.view(), 4);
    const auto drawn =
        mean_shift_test(group.view(), control.view(), {.draws = 20'000, .enough = 20'000});
    EXPECT_NEAR(2.0 * drawn.observed, exact.observed, 1e-9 * exact.observed);
    EXPECT_NEAR(drawn.p_value, exact.p_value, 0.012);  // 3 standard errors
  }
}

TEST(MeanShiftTest, FindsNothingInFivePercentOfNothing) {
  int significant = 0;
  double sum = 0.0;
  constexpr int kTests = 600;
  for (int i = 0; i < kTests; ++i) {
    const auto seed = static_cast<std::uint64_t>(i);
    const auto result =
        tested(test::random_matrix(5, 8, 2 * seed), test::random_matrix(9, 8, 2 * seed + 1),
               {.draws = 399, .series = static_cast<std::uint32_t>(i)});
    significant += result.p_value <= 0.05 ? 1 : 0;
    sum += result.p_value;
  }
  // 30 expected, standard deviation 5.3; means of uniform p have standard deviation 0.012.
  EXPECT_NEAR(significant, 30, 16);
  EXPECT_NEAR(sum / kTests, 0.5, 0.05);
}

TEST(MeanShiftTest, StopsWhereEnoughDrawsAreAsFarApart) {
  const auto nothing = tested(test::random_matrix(20, 8, 1), test::random_matrix(50, 8, 2));
  EXPECT_EQ(nothing.at_least, 20);
  EXPECT_LT(nothing.draws, 1'999);
  EXPECT_DOUBLE_EQ(nothing.p_value, 20.0 / static_cast<double>(nothing.draws));
  const auto strong =
      tested(shifted(test::random_matrix(20, 8, 1), 3.0), test::random_matrix(50, 8, 2));
  EXPECT_EQ(strong.draws, 1'999);
  EXPECT_DOUBLE_EQ(strong.p_value, 1.0 / 2000.0);
}

TEST(MeanShiftTest, TakesTheLargerGroupFirstAsWell) {
  const auto small = shifted(test::random_matrix(5, 8, 3), 0.6);
  const auto large = test::random_matrix(40, 8, 4);
  const auto one = tested(small, large);
  const auto other = tested(large, small);
  EXPECT_DOUBLE_EQ(one.observed, other.observed);
  EXPECT_NEAR(one.p_value, other.p_value, 0.03);
}

TEST(MeanShiftTest, KnowsWhatItCannotTest) {
  EXPECT_EQ(tested(test::zeros(1, 3), test::zeros(5, 3)).undefined_because,
            "fewer than two cells to take a variance from");
  EXPECT_TRUE(std::isnan(tested(test::zeros(5, 3), test::zeros(0, 3)).p_value));
  const auto equal = tested(test::zeros(3, 2), test::zeros(4, 2));
  EXPECT_EQ(equal.p_value, 1.0) << "every split is as far apart as the observed one";
}

TEST(FixedPoint, HasRoomForTwiceTheLargestAndCutsOffTheRest) {
  auto cells = make_host_matrix<float>(1, 3);
  cells.view().data[0] = 3.0F;
  cells.view().data[1] = -0.5F;
  cells.view().data[2] = 0.0F;
  const float scale = fixed_point_scale(cells.view());
  EXPECT_EQ(scale, 4096.0F);  // 32767 / 6 = 5461, the power of two below
  const auto values = to_fixed_point(cells.view(), scale);
  EXPECT_EQ(values.view().data[0], 12288);
  EXPECT_EQ(values.view().data[1], -2048);
  cells.view().data[0] = 300.0F;
  EXPECT_EQ(to_fixed_point(cells.view(), scale).view().data[0], 32767);
  EXPECT_EQ(fixed_point_scale(make_host_matrix<float>(0, 3).view()), 1.0F);
}

}  // namespace
}  // namespace cupel::quality
