#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cupel/error.hpp"
#include "linalg/products.hpp"
#include "linalg/solve.hpp"
#include "linalg/symmetric_eigen.hpp"
#include "quality/views.hpp"

namespace cupel::test {
namespace {

Dense copy_of(const Matrix<double>& matrix) {
  const auto from = matrix.view();
  return {from.rows, from.cols, {from.data, from.data + from.size()}};
}
Dense transposed(const Dense& a) {
  Dense result = zeros(a.cols, a.rows);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < a.cols; ++j) result(j, i) = a(i, j);
  }
  return result;
}
Dense slow_product(const Dense& a, const Dense& b) {
  Dense result = zeros(a.rows, b.cols);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < b.cols; ++j) {
      for (std::int64_t k = 0; k < a.cols; ++k) result(i, j) += a(i, k) * b(k, j);
    }
  }
  return result;
}
void expect_equal(const Dense& a, const Dense& b, double tolerance) {
  ASSERT_EQ(a.rows, b.rows);
  ASSERT_EQ(a.cols, b.cols);
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    ASSERT_NEAR(a.values[i], b.values[i], tolerance) << "element " << i;
  }
}

TEST(Products, AreThoseOfTheDefinition) {
  for (const auto& [m, k, n] : {std::tuple{1, 1, 1}, {3, 0, 2}, {0, 4, 3}, {130, 70, 515}}) {
    const Dense a = random_matrix(m, k, 1);
    const Dense b = random_matrix(k, n, 2);
    const Dense at = transposed(a);
    const Dense bt = transposed(b);
    const Dense slow = slow_product(a, b);
    expect_equal(copy_of(multiply(view(a), view(b))), slow, 1e-12);
    expect_equal(copy_of(multiply_transposed(view(a), view(bt))), slow, 1e-12);
    expect_equal(copy_of(transposed_multiply(view(at), view(b))), slow, 1e-12);
    expect_equal(copy_of(gram(view(a))), slow_product(a, at), 1e-12);
    auto here = make_host_matrix<double>(m, n);
    multiply_here(view(a), view(b), here.view());
    expect_equal(copy_of(here), slow, 1e-12);
  }
}

TEST(Products, OfALowerTriangleLeaveTheUpperAlone) {
  Dense x = random_matrix(7, 5, 3);
  Dense l = random_matrix(5, 5, 4);
  Dense lower = l;
  for (std::int64_t i = 0; i < 5; ++i) {
    for (std::int64_t j = i + 1; j < 5; ++j) lower(i, j) = 0.0;
  }
  const Dense slow = slow_product(x, lower);
  multiply_lower_here({x.values.data(), 7, 5, Space::kHost}, view(l));
  expect_equal(x, slow, 1e-13);
}

TEST(Products, HaveTheSameBitsForAnyNumberOfThreads) {
  const Dense a = random_matrix(300, 90, 5);
  const Dense b = random_matrix(90, 700, 6);
  const auto products = with_thread_counts([&] {
    auto values = copy_of(multiply(view(a), view(b))).values;
    const auto more = copy_of(gram(view(a))).values;
    values.insert(values.end(), more.begin(), more.end());
    return values;
  });
  EXPECT_TRUE(same_bits(products[0], products[1]));
  EXPECT_TRUE(same_bits(products[0], products[2]));
}

TEST(Gram, HasTheSameBitsOnBothSidesOfItsDiagonal) {
  const Dense c = copy_of(gram(view(random_matrix(260, 33, 7))));
  EXPECT_TRUE(same_bits(c.values, transposed(c).values));
}

TEST(SymmetricEigen, PutsTheMatrixTogetherAgain) {
  for (const std::int64_t n : {0, 1, 2, 40}) {
    const Dense c = copy_of(gram(view(random_matrix(n, n + 3, 8))));
    const auto eigen = symmetric_eigen(view(c));
    Dense scaled = copy_of(eigen.vectors);
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t k = 0; k < n; ++k) {
        scaled(i, k) *= eigen.values[static_cast<std::size_t>(k)];
      }
    }
    const Dense vectors = copy_of(eigen.vectors);
    expect_equal(slow_product(scaled, transposed(vectors)), c, 1e-11);
    EXPECT_TRUE(std::ranges::is_sorted(eigen.values, std::greater<>()));
    for (std::int64_t k = 0; k < n; ++k) {
      double greatest = 0.0;
      for (std::int64_t i = 0; i < n; ++i) {
        if (std::abs(vectors(i, k)) > std::abs(greatest)) greatest = vectors(i, k);
      }
      EXPECT_GT(greatest, 0.0) << "vector " << k << " points down";
    }
  }
}

TEST(SymmetricEigen, KeepsOnlyWhatIsLeftOfTheRank) {
  const auto eigen =
      leading_part(symmetric_eigen(gram(view(random_matrix(12, 4, 9))).view()), 1e-12);
  EXPECT_EQ(eigen.values.size(), 4U);
  EXPECT_EQ(eigen.vectors.cols(), 4);
  EXPECT_EQ(
      first_pairs(symmetric_eigen(gram(view(random_matrix(5, 9, 9))).view()), 2).values.size(), 2U);
}

TEST(SymmetricEigen, RefusesWhatIsNotFinite) {
  Dense c = random_matrix(3, 3, 1);
  c(2, 1) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(symmetric_eigen(view(c)), Error);
}

TEST(SolvePositive, SolvesAndRefuses) {
  const Dense a = copy_of(gram(view(random_matrix(20, 30, 10))));
  const Dense b = random_matrix(20, 3, 11);
  expect_equal(slow_product(a, copy_of(solve_positive(view(a), view(b)))), b, 1e-9);
  EXPECT_THROW(solve_positive(view(dense_of({{1, 2}, {2, 1}})), view(dense_of({{1}, {1}}))), Error);
}

TEST(InvertPositive, InvertsWhatHasNoSmallPivot) {
  const Dense a = copy_of(gram(view(random_matrix(20, 30, 12))));
  const auto inverse = invert_positive(view(a), 0.0);
  ASSERT_TRUE(inverse.has_value());
  Dense identity = zeros(20, 20);
  for (std::int64_t i = 0; i < 20; ++i) identity(i, i) = 1.0;
  expect_equal(slow_product(a, copy_of(*inverse)), identity, 1e-9);
  const Dense small = dense_of({{1, 1}, {1, 1.25}});  // pivots 1 and 0.25
  EXPECT_TRUE(invert_positive(view(small), 0.2).has_value());
  EXPECT_FALSE(invert_positive(view(small), 0.25).has_value());
  EXPECT_FALSE(invert_positive(view(dense_of({{1, 2}, {2, 1}})), 0.0).has_value());
  EXPECT_TRUE(invert_positive(view(zeros(0, 0)), 0.0).has_value());
}

}  // namespace
}  // namespace cupel::test
