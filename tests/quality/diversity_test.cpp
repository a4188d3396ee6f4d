#include "quality/diversity.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "quality/correlation.hpp"
#include "quality/reasons.hpp"
#include "quality/similarity.hpp"
#include "quality/views.hpp"

namespace cupel::quality::test {
namespace {

using namespace cupel::test;

Dense transposed_product(const Dense& a) {
  Dense result = zeros(a.cols, a.cols);
  for (std::int64_t i = 0; i < a.cols; ++i) {
    for (std::int64_t j = 0; j < a.cols; ++j) {
      for (std::int64_t k = 0; k < a.rows; ++k) result(i, j) += a(k, i) * a(k, j);
    }
  }
  return result;
}

// A matrix with known eigenvalues: a diagonal one, turned by reflections.
Dense with_eigenvalues(const std::vector<double>& values, std::uint64_t seed) {
  const auto n = static_cast<std::int64_t>(values.size());
  Dense matrix = zeros(n, n);
  for (std::int64_t i = 0; i < n; ++i) matrix(i, i) = values[static_cast<std::size_t>(i)];
  for (int turn = 0; turn < 3; ++turn) {
    auto v = random_matrix(n, 1, seed + static_cast<std::uint64_t>(turn)).values;
    double squares = 0.0;
    for (const double x : v) squares += x * x;
    const auto reflected = [&](Dense m, bool rows) {
      for (std::int64_t line = 0; line < n; ++line) {
        double along = 0.0;
        for (std::int64_t k = 0; k < n; ++k) {
          along += v[static_cast<std::size_t>(k)] * (rows ? m(line, k) : m(k, line));
        }
        for (std::int64_t k = 0; k < n; ++k) {
          (rows ? m(line, k) : m(k, line)) -=
              2.0 * along / squares * v[static_cast<std::size_t>(k)];
        }
      }
      return m;
    };
    matrix = reflected(reflected(matrix, true), false);
  }
  return matrix;
}

TEST(SymmetricEigenvalues, AreThoseThatWerePutIn) {
  for (std::vector<double> values :
       {std::vector<double>{3.0}, std::vector<double>{-2.0, 5.0},
        std::vector<double>{1.0, 1.0, 1.0}, std::vector<double>{-1.0, 0.0, 0.0, 1e-9, 0.5, 7.0},
        std::vector<double>{0.0, 0.0, 0.0}}) {
    const Dense matrix = with_eigenvalues(values, 3);
    const auto found = symmetric_eigenvalues(view(matrix));
    ASSERT_EQ(found.size(), values.size());
    for (std::size_t k = 0; k < values.size(); ++k) EXPECT_NEAR(found[k], values[k], 1e-14);
  }
  std::vector<double> many;
  for (int k = 0; k < 150; ++k) many.push_back(std::pow(1.1, k / 3) - 3.0);  // in threes
  const Dense matrix = with_eigenvalues(many, 5);
  const auto all = with_thread_counts([&] { return symmetric_eigenvalues(view(matrix)); });
  for (std::size_t k = 0; k < many.size(); ++k) EXPECT_NEAR(all[0][k], many[k], 1e-11);
  EXPECT_TRUE(same_bits(all[0], all[1]));
  EXPECT_TRUE(same_bits(all[0], all[2]));
  const Dense diagonal = dense_of({{2.0, 0.0, 0.0}, {0.0, -1.0, 0.0}, {0.0, 0.0, 4.0}});
  const auto plain = symmetric_eigenvalues(view(diagonal));
  EXPECT_NEAR(plain[0], -1.0, 1e-15);
  EXPECT_NEAR(plain[2], 4.0, 1e-15);
}

TEST(SymmetricEigenvalues, HaveTheTraceAndTheSquaresOfTheMatrix) {
  const Dense matrix = transposed_product(random_matrix(30, 20, 4));
  double trace = 0.0;
  double squares = 0.0;
  for (std::int64_t i = 0; i < 20; ++i) {
    trace += matrix(i, i);
    for (std::int64_t j = 0; j < 20; ++j) squares += matrix(i, j) * matrix(i, j);
  }
  for (const double value : symmetric_eigenvalues(view(matrix))) {
    trace -= value;
    squares -= value * value;
    EXPECT_GT(value, 0.0);
  }
  EXPECT_NEAR(trace, 0.0, 1e-10);
  EXPECT_NEAR(squares, 0.0, 1e-8);
}

TEST(EffectiveRank, CountsDirectionsOfEqualWeight) {
  const std::int64_t k = 5;
  Dense profiles = zeros(2 * k, 40);
  for (std::int64_t direction = 0; direction < k; ++direction) {
    for (std::int64_t g = 0; g < 40; ++g) {
      profiles(2 * direction, g) = 7.0 + (g == direction ? 1.0 : 0.0);
      profiles(2 * direction + 1, g) = 7.0 - (g == direction ? 1.0 : 0.0);
    }
  }
  EXPECT_NEAR(effective_rank(view(profiles)).value, 5.0, 1e-9);
  for (double& value : profiles.values) value = 0.1;
  EXPECT_EQ(effective_rank(view(profiles)).undefined_because, reasons::kNoDeviation);
  EXPECT_EQ(effective_rank({profiles.values.data(), 1, 40, Space::kHost}).undefined_because,
            reasons::kNoPairs);
}

TEST(VarianceRatio, IsZeroForACollapsedPredictionAndOneForTheTruth) {
  const Dense truth = random_matrix(20, 30, 1);
  Dense collapsed = zeros(20, 30);
  for (double& value : collapsed.values) value = 3.0;
  const auto real = variance_over_perturbations(view(truth));
  EXPECT_EQ(variance_ratio(real, real).value, 1.0);
  EXPECT_EQ(variance_ratio(variance_over_perturbations(view(collapsed)), real).value, 0.0);
  const std::vector<double> zero(30, 0.0);
  EXPECT_EQ(variance_ratio(real, zero).undefined_because, reasons::kNoDeviation);
}

TEST(HitConcentration, TakesNoMoreGenesThanThereAre) {
  const std::vector<std::int32_t> hits{4, 4, 9};
  EXPECT_EQ(hit_concentration(hits, 6).held, 3);
  EXPECT_EQ(hit_concentration(hits, 1).share.value, 2.0 / 3.0);
  EXPECT_EQ(hit_concentration({}, 6).share.undefined_because, reasons::kNoHits);
}

TEST(PairwiseSimilarity, IsThatOfEachPair) {
  Dense profiles = random_matrix(6, 37, 1);
  for (std::int64_t g = 0; g < 37; ++g) {
    profiles(2, g) = 0.0;
    profiles(4, g) = 0.1;
  }
  for (const auto kind : {Similarity::kCosine, Similarity::kPearson}) {
    const auto result = pairwise_similarity(view(profiles), kind);
    ASSERT_EQ(result.pairs.size(), 15U);
    std::size_t at = 0;
    std::int64_t undefined = 0;
    for (std::int64_t i = 0; i < 6; ++i) {
      for (std::int64_t j = i + 1; j < 6; ++j) {
        const Score expected = kind == Similarity::kCosine
                                   ? cosine(row(profiles, i), row(profiles, j))
                                   : pearson(row(profiles, i), row(profiles, j));
        EXPECT_EQ(expected.defined(), !std::isnan(result.pairs[at])) << i << " " << j;
        if (expected.defined()) {
          EXPECT_NEAR(result.pairs[at], expected.value, 1e-14);
        }
        undefined += expected.defined() ? 0 : 1;
        ++at;
      }
    }
    EXPECT_EQ(result.undefined, undefined);
    EXPECT_TRUE(result.mean.defined());
    EXPECT_TRUE(result.median.defined());
  }
  const auto none =
      pairwise_similarity({profiles.values.data(), 1, 37, Space::kHost}, Similarity::kCosine);
  EXPECT_EQ(none.mean.undefined_because, reasons::kNoPairs);
  EXPECT_EQ(none.median.undefined_because, reasons::kNoPairs);
}

// Where all perturbations share a shift, every score relative to the control is high for the mean.
TEST(SystematicVariation, IsHighWhereShiftsAreShared) {
  Dense shifts = random_matrix(30, 200, 1);
  const double apart = systematic_variation(view(shifts)).mean.value;
  for (std::int64_t p = 0; p < 30; ++p) {
    for (std::int64_t g = 0; g < 200; ++g) shifts(p, g) += 3.0 * std::cos(static_cast<double>(g));
  }
  EXPECT_LT(apart, 0.3);
  EXPECT_GT(systematic_variation(view(shifts)).mean.value, 0.85);
  for (std::int64_t g = 0; g < 200; ++g) shifts(3, g) = 0.0;
  const auto result = systematic_variation(view(shifts));
  EXPECT_EQ(result.cosine[3].undefined_because, reasons::kZeroLength);
  EXPECT_EQ(result.length[3], 0.0);
  EXPECT_TRUE(result.mean.defined());
  EXPECT_FALSE(systematic_variation(view(zeros(2, 3))).mean.defined());
}

TEST(ScalarProducts, AreTheSameForAnyThreads) {
  const Dense rows = random_matrix(9, 133, 1);
  const auto all = with_thread_counts([&] {
    const auto products = scalar_products(view(rows));
    return std::vector<double>(products.view().data, products.view().data + 81);
  });
  EXPECT_TRUE(same_bits(all[0], all[1]));
  EXPECT_TRUE(same_bits(all[0], all[2]));
  double expected = 0.0;
  for (std::int64_t g = 0; g < 133; ++g) expected += rows(2, g) * rows(7, g);
  EXPECT_NEAR(all[0][2 * 9 + 7], expected, 1e-12);
}

}  // namespace
}  // namespace cupel::quality::test
