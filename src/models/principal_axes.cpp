#include "models/principal_axes.hpp"

#include <algorithm>
#include <cmath>

#include "linalg/products.hpp"
#include "linalg/symmetric_eigen.hpp"
#include "models/row_copies.hpp"

namespace cupel::models {
namespace {

constexpr double kRankTolerance = 1e-12;

}  // namespace

PrincipalAxes principal_axes(MatrixView<const double> x, std::int64_t k) {
  PrincipalAxes result;
  result.mean.assign(static_cast<std::size_t>(x.cols), 0.0);
  for (std::int64_t i = 0; i < x.rows; ++i) {
    for (std::int64_t j = 0; j < x.cols; ++j) {
      result.mean[static_cast<std::size_t>(j)] += x(i, j) / static_cast<double>(x.rows);
    }
  }
  const auto from_mean = centred(x, result.mean);
  const auto leading = [&](const Matrix<double>& products) {
    return first_pairs(leading_part(symmetric_eigen(products.view()), kRankTolerance), k);
  };
  if (x.cols <= x.rows) {
    result.axes = leading(transposed_multiply(from_mean.view(), from_mean.view())).vectors;
    return result;
  }
  const auto eigen = leading(gram(from_mean.view()));
  result.axes = transposed_multiply(from_mean.view(), eigen.vectors.view());
  for (std::int64_t j = 0; j < x.cols; ++j) {
    for (std::int64_t axis = 0; axis < result.axes.cols(); ++axis) {
      result.axes.view()(j, axis) /= std::sqrt(eigen.values[static_cast<std::size_t>(axis)]);
    }
  }
  return result;
}

Matrix<double> project(const PrincipalAxes& axes, MatrixView<const double> x) {
  return multiply(centred(x, axes.mean).view(), axes.axes.view());
}

}  // namespace cupel::models
