#include "models/kernel_path.hpp"

#include <algorithm>
#include <cmath>

#include "linalg/products.hpp"

namespace cupel::models {
namespace {

// Eigenvalues below this share of the greatest are rounding.
constexpr double kKernelTolerance = 1e-13;

std::vector<double> column_means(MatrixView<const double> x, std::span<const double> share) {
  std::vector<double> mean(static_cast<std::size_t>(x.cols), 0.0);
  for (std::int64_t i = 0; i < x.rows; ++i) {
    const double of_row = share[static_cast<std::size_t>(i)];
    for (std::int64_t k = 0; k < x.cols; ++k) mean[static_cast<std::size_t>(k)] += of_row * x(i, k);
  }
  return mean;
}

}  // namespace

KernelPath::KernelPath(std::span<const double> weight, Intercept intercept)
    : intercept_(intercept) {
  double total = 0.0;
  for (const double w : weight) total += w;
  for (const double w : weight) {
    share_.push_back(w / total);
    root_.push_back(std::sqrt(w));
  }
}

KernelPath KernelPath::of_kernel(MatrixView<const double> kernel, std::span<const double> weight,
                                 Intercept intercept, const EigenSolver& solve) {
  KernelPath path(weight, intercept);
  const std::int64_t n = kernel.rows;
  path.mean_.assign(static_cast<std::size_t>(n), 0.0);
  if (intercept == Intercept::kCentredKernel) {
    path.mean_ = column_means(kernel, path.share_);
    for (std::size_t i = 0; i < path.mean_.size(); ++i) {
      path.mean_of_means_ += path.share_[i] * path.mean_[i];
    }
  }
  auto scaled = make_host_matrix<double>(n, n);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto at = static_cast<std::size_t>(i);
    for (std::int64_t j = 0; j < n; ++j) {
      const auto other = static_cast<std::size_t>(j);
      scaled.view()(i, j) =
          path.root_[at] * path.root_[other] *
          (kernel(i, j) - path.mean_[at] - path.mean_[other] + path.mean_of_means_);
    }
    path.mean_diagonal_ += scaled.view()(i, i) / static_cast<double>(n);
  }
  auto eigen = leading_part(solve(scaled.view()), kKernelTolerance);
  path.values_ = std::move(eigen.values);
  path.vectors_ = std::move(eigen.vectors);
  return path;
}

KernelPath KernelPath::of_features(MatrixView<const double> x, std::span<const double> weight,
                                   Intercept intercept, const EigenSolver& solve) {
  KernelPath path(weight, intercept);
  path.of_features_ = true;
  path.mean_.assign(static_cast<std::size_t>(x.cols), 0.0);
  if (intercept == Intercept::kCentredKernel) path.mean_ = column_means(x, path.share_);
  auto scaled = make_host_matrix<double>(x.rows, x.cols);
  for (std::int64_t i = 0; i < x.rows; ++i) {
    for (std::int64_t k = 0; k < x.cols; ++k) {
      const double value = path.root_[static_cast<std::size_t>(i)] *
                           (x(i, k) - path.mean_[static_cast<std::size_t>(k)]);
      scaled.view()(i, k) = value;
      path.mean_diagonal_ += value * value / static_cast<double>(x.cols);
    }
  }
  const bool among_features = x.cols < x.rows;
  auto eigen =
      leading_part(solve(among_features ? transposed_multiply(scaled.view(), scaled.view()).view()
                                        : gram(scaled.view()).view()),
                   kKernelTolerance);
  path.values_ = eigen.values;
  if (among_features) {
    path.axes_ = std::move(eigen.vectors);
    path.vectors_ = multiply(scaled.view(), path.axes_.view());
  } else {
    path.vectors_ = std::move(eigen.vectors);
    path.axes_ = transposed_multiply(scaled.view(), path.vectors_.view());  // V sqrt(s)
  }
  // Among features U = X V / sqrt(s), and the axes are V sqrt(s).
  if (among_features) {
    for (std::size_t k = 0; k < path.values_.size(); ++k) {
      const double root = std::sqrt(path.values_[k]);
      const auto col = static_cast<std::int64_t>(k);
      for (std::int64_t i = 0; i < x.rows; ++i) path.vectors_.view()(i, col) /= root;
      for (std::int64_t i = 0; i < x.cols; ++i) path.axes_.view()(i, col) *= root;
    }
  }
  return path;
}

Matrix<double> KernelPath::coordinates(MatrixView<const double> rows) const {
  auto scaled = make_host_matrix<double>(rows.rows, rows.cols);
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    double own_mean = 0.0;
    if (!of_features_ && intercept_ == Intercept::kCentredKernel) {
      for (std::int64_t k = 0; k < rows.cols; ++k) {
        own_mean += share_[static_cast<std::size_t>(k)] * rows(i, k);
      }
    }
    for (std::int64_t k = 0; k < rows.cols; ++k) {
      const auto at = static_cast<std::size_t>(k);
      scaled.view()(i, k) = of_features_
                                ? rows(i, k) - mean_[at]
                                : root_[at] * (rows(i, k) - own_mean - mean_[at] + mean_of_means_);
    }
  }
  return multiply(scaled.view(), of_features_ ? axes_.view() : vectors_.view());
}

Matrix<double> KernelPath::weights(MatrixView<const double> coordinates, double penalty) const {
  auto filtered = make_host_matrix<double>(coordinates.rows, coordinates.cols);
  for (std::int64_t i = 0; i < coordinates.rows; ++i) {
    for (std::int64_t k = 0; k < coordinates.cols; ++k) {
      filtered.view()(i, k) = coordinates(i, k) / (values_[static_cast<std::size_t>(k)] + penalty);
    }
  }
  auto result = multiply_transposed(filtered.view(), vectors_.view());
  for (std::int64_t i = 0; i < result.rows(); ++i) {
    double* row = result.view().row(i);
    double total = 0.0;
    for (std::size_t k = 0; k < root_.size(); ++k) {
      row[k] *= root_[k];
      total += row[k];
    }
    if (!has_intercept()) continue;
    for (std::size_t k = 0; k < root_.size(); ++k) row[k] += (1.0 - total) * share_[k];
  }
  return result;
}

std::vector<double> KernelPath::hat_diagonal(double penalty) const {
  std::vector<double> diagonal;
  const auto u = vectors_.view();
  for (std::int64_t i = 0; i < u.rows; ++i) {
    double sum =
        intercept_ == Intercept::kCentredKernel ? share_[static_cast<std::size_t>(i)] : 0.0;
    for (std::int64_t k = 0; k < u.cols; ++k) {
      const double s = values_[static_cast<std::size_t>(k)];
      sum += u(i, k) * u(i, k) * s / (s + penalty);
    }
    diagonal.push_back(sum);
  }
  return diagonal;
}

}  // namespace cupel::models
