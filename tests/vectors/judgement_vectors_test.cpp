// Vectors B24 to B26 and C01 of the baselines: positive controls, ceiling, and whether the number
// of cells gives an effect away.
#include "quality/calibration.hpp"
#include "quality/duplicates.hpp"
#include "quality/noise_ceiling.hpp"
#include "uncertainty/spearman_test.hpp"
#include "vectors/vectors.hpp"

namespace cupel::test {
namespace {

using namespace cupel::quality;

TEST(BaselineB24, InterpolatedDuplicate) {
  const Json& v = baseline_vector("B24");
  const auto row = [&](const char* name) { return matrix(Json::array({v.at("inputs").at(name)})); };
  const auto profile = interpolated_duplicates(row("second_half").view(), row("train_mean").view(),
                                               row("padj").view());
  for (std::size_t g = 0; g < 3; ++g) {
    expect_near(profile.view().data[g], v.at("expected").at("pred").at(g), v.at("tol"), "pred");
  }
}

TEST(BaselineB25, CeilingFromHalves) {
  const Json& v = baseline_vector("B25");
  const auto halves = split_half(numbers(v.at("inputs").at("delta_half1")),
                                 numbers(v.at("inputs").at("delta_half2")));
  expect_near(halves.r_half.value, v.at("expected").at("r_half"), v.at("tol"), "r_half");
  expect_near(halves.r_full.value, v.at("expected").at("r_full"), v.at("tol"), "r_full");
  expect_near(halves.ceiling.value, v.at("expected").at("ceiling"), v.at("tol"), "ceiling");
}

TEST(BaselineB26, DynamicRangeFraction) {
  const Json& v = baseline_vector("B26");
  const auto fraction = [&](const char* name, double perfect, Better better) {
    const Json& input = v.at("inputs").at(name);
    return dynamic_range_fraction(input.at("pos"), input.at("base"), perfect, better).value;
  };
  expect_near(fraction("pearson", 1.0, Better::kHigher), v.at("expected").at("pearson"),
              v.at("tol"), "pearson");
  expect_near(fraction("mse", 0.0, Better::kLower), v.at("expected").at("mse"), v.at("tol"), "mse");
  expect_near(fraction("worse", 0.0, Better::kLower), v.at("expected").at("worse_mse"), v.at("tol"),
              "worse");
}

TEST(BaselineC01, NumberOfCellsAgainstEffect) {
  const Json& v = baseline_vector("C01");
  const auto test =
      spearman_test(numbers(v.at("inputs").at("n_cells")), numbers(v.at("inputs").at("effect")));
  EXPECT_TRUE(test.exact);
  expect_near(test.rho.value, v.at("expected").at("rho"), v.at("tol"), "rho");
  expect_near(test.p_value, v.at("expected").at("p_exact"), v.at("tol"), "p");
}

}  // namespace
}  // namespace cupel::test
