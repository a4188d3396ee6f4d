#include <cmath>

#include "support/profile_case.hpp"
#include "support/test_device.hpp"

namespace cupel::test {
namespace {

// Enough rows that own genes are gathered in more than one block.
ProfileCase::Input many_rows() {
  constexpr std::int64_t kRows = 600;
  constexpr std::int64_t kPanelGenes = 11;
  ProfileCase::Input input;
  input.real = random_matrix(kRows, kPanelGenes, 1);
  input.pred = random_matrix(kRows, kPanelGenes, 2);
  input.real_control = random_matrix(1, kPanelGenes, 3);
  for (std::int64_t row = 0; row < kRows; ++row) {
    input.perturbations.push_back(std::to_string(row));
    input.own_gene.push_back(static_cast<std::int32_t>(row % (kPanelGenes + 1)) - 1);
    input.real_correction.push_back(0.01 * static_cast<double>(row % 7));
    input.pred_correction.push_back(0.01 * static_cast<double>(row % 5));
  }
  input.control_correction = 0.5;
  return input;
}

// Mean squared difference over all genes but the own, less the corrections.
double slow(const ProfileCase::Input& input, std::int64_t row, const Dense& a, const Dense& b,
            std::int64_t row_of_b, double corrections, bool exclude) {
  double squares = 0.0;
  double n = 0.0;
  for (std::int64_t gene = 0; gene < a.cols; ++gene) {
    if (exclude && input.own_gene[static_cast<std::size_t>(row)] == gene) continue;
    squares += (a(row, gene) - b(row_of_b, gene)) * (a(row, gene) - b(row_of_b, gene));
    n += 1.0;
  }
  return (squares - corrections) / n;
}

TEST(ExprMseUnbiased, LeavesOutTheOwnGeneAndTakesOffTheCorrections) {
  const auto backend = make_test_backend();
  for (const bool exclude : {true, false}) {
    auto input = many_rows();
    input.conventions.expression.exclude_target_gene = exclude;
    const ProfileCase profiles(*backend, input);
    const auto error = profiles.scores("expr_mse_unbiased");
    const auto distance = profiles.scores("expr_distance_unbiased");
    for (std::size_t p = 0; p < error.size(); ++p) {
      const auto row = static_cast<std::int64_t>(p);
      const double real_c = input.real_correction[p];
      // Sums of a dozen terms, one of which is added and taken off again.
      EXPECT_NEAR(
          error[p].value,
          slow(input, row, input.pred, input.real, row, real_c + input.pred_correction[p], exclude),
          1e-13);
      EXPECT_NEAR(distance[p].value,
                  slow(input, row, input.real, input.real_control, 0,
                       real_c + input.control_correction, exclude),
                  1e-13);
    }
  }
}

TEST(ExprMseUnbiased, IsUndefinedWhereTheOwnGeneIsTheOnlyOne) {
  const auto backend = make_test_backend();
  ProfileCase::Input input;
  input.perturbations = {"a", "b"};
  input.real = random_matrix(2, 1, 1);
  input.pred = random_matrix(2, 1, 2);
  input.real_control = zeros(1, 1);
  input.own_gene = {0, -1};
  input.real_correction = {0.1, 0.1};
  input.pred_correction = {0.1, 0.1};
  const ProfileCase profiles(*backend, input);
  for (const char* metric :
       {"expr_mse_unbiased", "expr_mse_unbiased_capped", "expr_distance_unbiased"}) {
    const auto scores = profiles.scores(metric);
    EXPECT_TRUE(std::isnan(scores[0].value)) << metric;
    EXPECT_FALSE(scores[0].undefined_because.empty()) << metric;
    EXPECT_TRUE(scores[1].defined()) << metric;
  }
}

}  // namespace
}  // namespace cupel::test
