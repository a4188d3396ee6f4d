// Vectors B01 to B03: baselines.
#include "baselines/generic_response.hpp"
#include "support/backend_test.hpp"
#include "vectors/vectors.hpp"

namespace cupel::test {
namespace {

// Rows A, B, C of a vector's pseudobulk, and its control.
Matrix<double> perturbations(const Json& pseudobulk) {
  return matrix(Json::array({pseudobulk.at("A"), pseudobulk.at("B"), pseudobulk.at("C")}));
}
Matrix<double> control(const Json& pseudobulk) {
  return matrix(Json::array({pseudobulk.at("ctrl")}));
}

void expect_each(const std::vector<double>& actual, const Json& expected, const Json& tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    expect_near(actual[i], expected.at(i), tolerance, "gene " + std::to_string(i));
  }
}

TEST(VectorB01, GenericResponseLeavesOutEachGenesOwnPerturbation) {
  const Json& v = vector("B01");
  const auto means = perturbations(v.at("inputs").at("pseudobulk_of_raw_matrix"));
  const std::vector<std::int32_t> own{1, 2, -1};  // genes x, A, B
  const std::vector<std::string> genes = v.at("inputs").at("genes");
  const ResponseProfile profile = generic_response(means.view(), own, genes);
  expect_each(profile.gene, v.at("expected").at("profile"), v.at("tol"));
  EXPECT_EQ(profile.n_left_out, v.at("expected").at("n_excluded"));
}

TEST(VectorB02, FirstBaselineAveragesTheControlToo) {
  const Json& v = vector("B02");
  const Json& pseudobulk = v.at("inputs").at("pseudobulk");
  const auto rows = perturbations(pseudobulk);
  const auto base = control(pseudobulk);
  expect_each(v1_mean_profile(rows.view(), base.view()), v.at("expected").at("as_delta=false"),
              v.at("tol"));
  expect_each(v1_mean_effect(rows.view(), base.view()), v.at("expected").at("as_delta=true"),
              v.at("tol"));
}

TEST(VectorB03, DispersedBaselineResamplesAndScalesControlCells) {
  const Json& v = vector("B03");
  const Json& inputs = v.at("inputs");
  const auto counts = matrix(inputs.at("control_counts"));
  const auto n_genes = counts.cols();
  const Cells cells = compress(
      {counts.rows(), n_genes, {counts.view().data, counts.view().data + counts.view().size()}});
  const auto scale = emission_scale(numbers(inputs.at("profile")),
                                    numbers(v.at("expected").at("control_pseudobulk")));
  expect_each(scale, v.at("expected").at("scale"), v.at("tol"));
  std::vector<std::int64_t> sizes;
  for (const Json& group : inputs.at("group_sizes_sorted_labels")) sizes.push_back(group.at(1));
  const auto drawn = draw_control_rows(sizes, cells.view().rows, inputs.at("seed"));
  const Cells emitted = scale_cells(cells.view(), drawn, scale);
  EXPECT_EQ(Json(drawn), v.at("expected").at("drawn_control_rows"));

  const Json& expected = v.at("expected").at("emitted");
  visit(emitted.view(), [&](const auto& typed) {
    ASSERT_EQ(typed.rows, std::ssize(expected));
    for (std::int64_t cell = 0; cell < typed.rows; ++cell) {
      std::vector<double> dense(static_cast<std::size_t>(n_genes), 0.0);
      const auto begin = typed.row_begin[cell];
      for (auto i = begin; i < begin + typed.row_length[cell]; ++i) {
        EXPECT_NE(typed.values[i], 0) << "a zero is stored";
        dense[typed.genes[i]] = static_cast<double>(typed.values[i]);
      }
      expect_each(dense, expected.at(static_cast<std::size_t>(cell)), v.at("tol"));
    }
  });
}

}  // namespace
}  // namespace cupel::test
