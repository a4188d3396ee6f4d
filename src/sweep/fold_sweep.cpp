#include "sweep/fold_sweep.hpp"

#include <algorithm>
#include <numeric>

#include "linalg/products.hpp"

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
                     std::span<const std::int64_t> fitted, std::vector<std::int64_t> left_out,
                     const Truth& truth)
    : values_(path.values().begin(), path.values().end()),
      coordinates_(make_host_matrix<double>(coordinates.rows, coordinates.cols)),
      left_out_(std::move(left_out)),
      truth_(&truth) {
  std::copy_n(coordinates.data, coordinates.size(), coordinates_.view().data);
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
  with_truth_ = transposed_multiply(rooted.view(), with_all.view());
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
  inner_ = multiply(
      transposed_multiply(rooted.view(), part(truth.products.view(), fitted, fitted).view()).view(),
      rooted.view());
}

std::vector<Scores> FoldSweep::scores(double penalty) const {
  const auto m = coordinates_.rows();
  const auto r = coordinates_.cols();
  const auto n = truth_->products.rows();
  auto filtered = make_host_matrix<double>(m, r);
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t k = 0; k < r; ++k) {
      filtered.view()(i, k) =
          coordinates_.view()(i, k) / (values_[static_cast<std::size_t>(k)] + penalty);
    }
  }
  Products products = empty_products(left_out_, n);
  auto inner = make_host_matrix<double>(m, r);
  if (r > 0) {
    multiply_here(filtered.view(), with_truth_.view(), products.with_truth.view());
    multiply_here(filtered.view(), inner_.view(), inner.view());
  } else {
    std::fill_n(products.with_truth.view().data, m * n, 0.0);
  }
  for (std::int64_t i = 0; i < m; ++i) {
    const auto at = static_cast<std::size_t>(i);
    double* with = products.with_truth.view().row(i);
    for (std::int64_t j = 0; j < n; ++j) with[j] += mean_truth_[static_cast<std::size_t>(j)];
    double norm = mean_norm_;
    products.sum[at] = mean_sum_;
    for (std::int64_t k = 0; k < r; ++k) {
      const auto to = static_cast<std::size_t>(k);
      norm += filtered.view()(i, k) * (inner.view()(i, k) + 2.0 * mean_inner_[to]);
      products.sum[at] += filtered.view()(i, k) * sum_[to];
    }
    const auto own = left_out_[at];
    products.squared_norm[at] = norm;
    products.squared_error[at] =
        std::max(0.0, norm - 2.0 * with[own] + truth_->products.view()(own, own));
  }
  std::vector<Scores> result(left_out_.size());
  score(products, *truth_, result);
  return result;
}

std::vector<Scores> cross_validate(std::string_view model, const models::Training& training,
                                   const std::map<std::string, std::string>& settings,
                                   const Groups& groups, const Truth& truth) {
  const auto n = training.delta.rows();
  std::vector<Scores> result(static_cast<std::size_t>(n));
  for (const auto& group : groups) {
    const auto fitted = all_but(group, n);
    const models::Training part = subset(training, fitted);
    const auto fit = models::fit_model(model, part, settings);
    std::vector<models::Condition> asked;
    for (const auto row : group) {
      asked.push_back(training.conditions[static_cast<std::size_t>(row)]);
    }
    Products products;
    if (const auto* smoother = dynamic_cast<const models::Smoother*>(fit.get())) {
      const auto weights = smoother->weights(asked);
      auto of_all = make_host_matrix<double>(std::ssize(group), n);
      std::fill_n(of_all.view().data, of_all.view().size(), 0.0);
      for (std::int64_t i = 0; i < of_all.rows(); ++i) {
        for (std::size_t k = 0; k < fitted.size(); ++k) {
          of_all.view()(i, fitted[k]) = weights.of_training.view()(i, static_cast<std::int64_t>(k));
        }
      }
      products = products_of_weights(of_all.view(), group, truth);
    } else {
      products =
          products_of_profiles(fit->predict(asked).delta.view(), group, training.delta.view());
    }
    std::vector<Scores> scores(group.size());
    score(products, truth, scores);
    for (std::size_t i = 0; i < group.size(); ++i) {
      result[static_cast<std::size_t>(group[i])] = scores[i];
    }
  }
  return result;
}

}  // namespace cupel::sweep
