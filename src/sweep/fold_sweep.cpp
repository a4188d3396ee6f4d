#include "sweep/fold_sweep.hpp"

#include <algorithm>
#include <numeric>

namespace cupel::sweep {
namespace {

// Rows and columns of a matrix.
Matrix<double> part(MatrixView<const double> a, std::span<const std::int64_t> rows,
                    std::span<const std::int64_t> cols) {
  auto result = make_host_matrix<double>(std::ssize(rows), std::ssize(cols));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    double* to = result.view().row(static_cast<std::int64_t>(i));
    for (const auto col : cols) *to++ = a(rows[i], col);
  }
  return result;
}

}  // namespace

FoldSweep::FoldSweep(const models::KernelPath& path, MatrixView<const double> coordinates,
                     std::span<const std::int64_t> fitted, std::span<const std::int64_t> left_out,
                     const Truth& truth, const Device& device)
    : values_(path.values().begin(), path.values().end()),
      coordinates_(coordinates),
      truth_(&truth),
      device_(&device) {
  for (const auto row : left_out) left_out_.push_back(static_cast<std::int32_t>(row));
  std::vector<std::int64_t> all(static_cast<std::size_t>(truth.products.rows()));
  std::iota(all.begin(), all.end(), 0);
  const auto with_all = part(truth.products.view(), fitted, all);
  auto rooted = make_host_matrix<double>(std::ssize(fitted), path.vectors().cols);
  for (std::int64_t i = 0; i < rooted.rows(); ++i) {
    for (std::int64_t k = 0; k < rooted.cols(); ++k) {
      rooted.view()(i, k) = path.vectors()(i, k) * path.root()[static_cast<std::size_t>(i)];
    }
  }
  // The part of an intercept: the mean of the fitted rows, less what the weights already hold of
  // it.
  mean_truth_.assign(all.size(), 0.0);
  if (path.has_intercept()) {
    for (std::int64_t i = 0; i < with_all.rows(); ++i) {
      const double share = path.share()[static_cast<std::size_t>(i)];
      for (std::size_t j = 0; j < all.size(); ++j) {
        mean_truth_[j] += share * with_all.view()(i, static_cast<std::int64_t>(j));
      }
      mean_sum_ += share * truth.sum[static_cast<std::size_t>(fitted[static_cast<std::size_t>(i)])];
    }
    for (std::int64_t k = 0; k < rooted.cols(); ++k) {
      double total = 0.0;
      for (std::int64_t i = 0; i < rooted.rows(); ++i) total += rooted.view()(i, k);
      for (std::int64_t i = 0; i < rooted.rows(); ++i) {
        rooted.view()(i, k) -= total * path.share()[static_cast<std::size_t>(i)];
      }
    }
  }
  with_truth_ = device.transposed_multiply(rooted.view(), with_all.view());
  sum_.assign(static_cast<std::size_t>(rooted.cols()), 0.0);
  mean_inner_.assign(sum_.size(), 0.0);
  for (std::int64_t i = 0; i < rooted.rows(); ++i) {
    const auto at = static_cast<std::size_t>(fitted[static_cast<std::size_t>(i)]);
    const double share = path.share()[static_cast<std::size_t>(i)];
    if (path.has_intercept()) mean_norm_ += share * mean_truth_[at];
    for (std::int64_t k = 0; k < rooted.cols(); ++k) {
      sum_[static_cast<std::size_t>(k)] += rooted.view()(i, k) * truth.sum[at];
      mean_inner_[static_cast<std::size_t>(k)] += rooted.view()(i, k) * mean_truth_[at];
    }
  }
  const auto among = part(truth.products.view(), fitted, fitted);
  const auto on_fitted = device.transposed_multiply(rooted.view(), among.view());
  half_inner_ = device.multiply(on_fitted.view(), rooted.view());
  for (std::int64_t k = 0; k < half_inner_.rows(); ++k) {
    double* row = half_inner_.view().row(k);
    row[k] *= 0.5;
    std::fill(row + k + 1, row + half_inner_.cols(), 0.0);
  }
}

std::vector<Scores> FoldSweep::scores(std::span<const double> penalties) const {
  PenaltyPath path;
  path.values = one_row(values_);
  path.coordinates = coordinates_;
  path.truth = with_truth_.view();
  path.half_inner = half_inner_.view();
  path.sum = one_row(sum_);
  path.base_truth = one_row(mean_truth_);  // all rows stand on the mean
  path.base_inner = one_row(mean_inner_);
  path.base_products = one_row({&mean_norm_, 1});
  path.base_sum = one_row({&mean_sum_, 1});
  path.row = left_out_;
  set_truth(*truth_, path);
  return device_->score_penalties(path, penalties);
}

}  // namespace cupel::sweep
