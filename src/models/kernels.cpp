#include "models/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "linalg/products.hpp"
#include "parallel/parallel.hpp"

namespace cupel::models {
namespace {

constexpr std::int64_t kRowsAtATime = 16;

// Differences, not products: rows that are equal are at distance 0 exactly.
double squared_distance(const double* a, const double* b, std::int64_t n) {
  double sum = 0.0;
  for (std::int64_t k = 0; k < n; ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return sum;
}

double tanimoto(const double* a, const double* b, std::int64_t n) {
  double both = 0.0;
  double either = 0.0;
  for (std::int64_t k = 0; k < n; ++k) {
    both += std::min(a[k], b[k]);
    either += std::max(a[k], b[k]);
  }
  return either > 0.0 ? both / either : 1.0;
}

template <typename Term>
Matrix<double> every_pair(MatrixView<const double> a, MatrixView<const double> b, Term term) {
  auto result = make_host_matrix<double>(a.rows, b.rows);
  for_each_chunk(a.rows, kRowsAtATime, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) {
      for (std::int64_t j = 0; j < b.rows; ++j) {
        result.view()(i, j) = term(a.row(i), b.row(j), a.cols);
      }
    }
  });
  return result;
}

}  // namespace

Matrix<double> squared_distances(MatrixView<const double> a, MatrixView<const double> b) {
  return every_pair(a, b, squared_distance);
}

Matrix<double> kernel_matrix(Kernel kernel, MatrixView<const double> a, MatrixView<const double> b,
                             double gamma) {
  if (kernel == Kernel::kTanimoto) return every_pair(a, b, tanimoto);
  if (kernel == Kernel::kLinear) return multiply_transposed(a, b);
  auto result = kernel == Kernel::kRbf ? squared_distances(a, b) : multiply_transposed(a, b);
  for (std::int64_t i = 0; i < result.view().size(); ++i) {
    double& value = result.view().data[i];
    value = kernel == Kernel::kRbf ? std::exp(-gamma * value)
                                   : (1.0 + gamma * value) * (1.0 + gamma * value);
  }
  return result;
}

double median_squared_distance(MatrixView<const double> x) {
  const auto all = squared_distances(x, x);
  std::vector<double> pairs;
  for (std::int64_t i = 0; i < x.rows; ++i) {
    for (std::int64_t j = 0; j < i; ++j) pairs.push_back(all.view()(i, j));
  }
  if (pairs.empty()) return 0.0;
  const auto middle = pairs.begin() + std::ssize(pairs) / 2;
  std::ranges::nth_element(pairs, middle);
  if (pairs.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(pairs.begin(), middle)) / 2.0;
}

}  // namespace cupel::models
