#include <cmath>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

// a · aᵀ of n × rank normal draws.
Dense gram_of(std::int64_t n, std::int64_t rank, std::uint64_t seed) {
  const auto a = random_matrix(n, rank, seed);
  Dense gram = zeros(n, n);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      for (std::int64_t k = 0; k < rank; ++k) gram(i, j) += a(i, k) * a(j, k);
    }
  }
  return gram;
}

struct Pairs {
  std::vector<double> values;
  Dense vectors;
};

// By the definition, to within the rounding of n operations on numbers of the size of the greatest
// value: orthonormal columns that turn the matrix into its values, in the agreed order and sign.
void expect_pairs(const Dense& matrix, const Pairs& pairs) {
  const auto n = matrix.rows;
  ASSERT_EQ(std::ssize(pairs.values), n);
  const auto value = [&](std::int64_t k) { return pairs.values[static_cast<std::size_t>(k)]; };
  double size = 0.0;
  for (const double v : pairs.values) size = std::max(size, std::fabs(v));
  const double tolerance = 1e-14 * static_cast<double>(n + 4);
  for (std::int64_t k = 0; k < n; ++k) {
    EXPECT_GE(value(std::max<std::int64_t>(k - 1, 0)), value(k));
    std::int64_t greatest = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      double product = 0.0;
      for (std::int64_t j = 0; j < n; ++j) product += matrix(i, j) * pairs.vectors(j, k);
      ASSERT_NEAR(product, value(k) * pairs.vectors(i, k), tolerance * size) << i << " " << k;
      if (std::fabs(pairs.vectors(i, k)) > std::fabs(pairs.vectors(greatest, k))) greatest = i;
    }
    EXPECT_GT(pairs.vectors(greatest, k), 0.0) << k;
    for (std::int64_t other = 0; other <= k; ++other) {
      double product = 0.0;
      for (std::int64_t i = 0; i < n; ++i) product += pairs.vectors(i, k) * pairs.vectors(i, other);
      ASSERT_NEAR(product, other == k ? 1.0 : 0.0, tolerance) << k << " " << other;
    }
  }
}

class SymmetricEigenOf : public OnBackend<std::tuple<std::string, std::int64_t>> {
 protected:
  Pairs of(const Dense& matrix) {
    const auto pairs = backend->symmetric_eigen(to_backend(*backend, matrix).view());
    return {to_host(*backend, pairs.values), to_dense(*backend, pairs.vectors)};
  }
};

TEST_P(SymmetricEigenOf, IsOfAFullMatrix) {
  const auto n = std::get<1>(GetParam());
  const auto matrix = gram_of(n, n + 3, 311);
  expect_pairs(matrix, of(matrix));
}

TEST_P(SymmetricEigenOf, IsOfADeficientMatrix) {
  const auto n = std::get<1>(GetParam());
  const auto matrix = gram_of(n, n / 2, 312);
  const auto pairs = of(matrix);
  expect_pairs(matrix, pairs);
  for (auto k = n / 2; k < n; ++k) {
    EXPECT_NEAR(pairs.values[static_cast<std::size_t>(k)], 0.0, 1e-11 * static_cast<double>(n));
  }
}

TEST_P(SymmetricEigenOf, HasTheValuesOfTheCpu) {
  const auto n = std::get<1>(GetParam());
  const auto matrix = gram_of(n, n, 313);
  const auto values = of(matrix).values;
  const auto cpu = make_backend("cpu");
  const auto expected = to_host(*cpu, cpu->symmetric_eigen(to_backend(*cpu, matrix).view()).values);
  for (std::size_t k = 0; k < values.size(); ++k) {
    EXPECT_NEAR(values[k], expected[k], 1e-14 * static_cast<double>(n + 4) * expected[0]) << k;
  }
}

TEST_P(SymmetricEigenOf, ReadsTheLowerTriangleAlone) {
  const auto n = std::get<1>(GetParam());
  auto matrix = gram_of(n, n + 1, 314);
  const auto expected = of(matrix);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = i + 1; j < n; ++j) matrix(i, j) = -7.0;
  }
  const auto pairs = of(matrix);
  EXPECT_TRUE(same_bits(pairs.values, expected.values));
  EXPECT_TRUE(same_bits(pairs.vectors.values, expected.vectors.values));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, SymmetricEigenOf,
                         ::testing::Combine(every_backend(), ::testing::Values(1, 2, 3, 33, 70)),
                         [](const auto& named) {
                           return std::get<0>(named.param) + "_" +
                                  std::to_string(std::get<1>(named.param));
                         });

class SymmetricEigenOnce : public PerBackend {};

TEST_P(SymmetricEigenOnce, OfZerosAndOfNothing) {
  const auto none = backend->symmetric_eigen(to_backend(*backend, zeros(3, 3)).view());
  EXPECT_EQ(to_host(*backend, none.values), std::vector<double>(3));
  const auto empty = backend->symmetric_eigen(to_backend(*backend, zeros(0, 0)).view());
  EXPECT_EQ(empty.values.cols(), 0);
  EXPECT_EQ(empty.vectors.rows(), 0);
}

TEST_P(SymmetricEigenOnce, RefusesWhatIsNotFinite) {
  auto matrix = gram_of(70, 70, 315);  // the last of several blocks' values
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    matrix(69, 69) = bad;
    const auto there = to_backend(*backend, matrix);
    try {
      static_cast<void>(backend->symmetric_eigen(there.view()));
      FAIL() << "took " << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      EXPECT_STREQ(error.what(), "an eigenproblem holds a value that is not finite");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, SymmetricEigenOnce, every_backend());

}  // namespace
}  // namespace cupel::test
