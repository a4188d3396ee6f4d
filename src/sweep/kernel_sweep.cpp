#include "sweep/kernel_sweep.hpp"

#include <algorithm>
#include <cmath>

#include "cupel/error.hpp"
#include "linalg/dot.hpp"
#include "models/row_copies.hpp"

namespace cupel::sweep {
namespace {

Matrix<double> scaled_rows(MatrixView<const double> a, std::span<const double> root, bool divide) {
  auto result = make_host_matrix<double>(a.rows, a.cols);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    const double factor = root[static_cast<std::size_t>(i)];
    for (std::int64_t k = 0; k < a.cols; ++k) {
      result.view()(i, k) = divide ? a(i, k) / factor : a(i, k) * factor;
    }
  }
  return result;
}

void subtract(Matrix<double>& a, const Matrix<double>& b) {
  for (std::int64_t i = 0; i < a.view().size(); ++i) a.view().data[i] -= b.view().data[i];
}

// Takes the weighted mean over rows off each column.
void centre_columns(MatrixView<double> a, std::span<const double> share) {
  std::vector<double> mean(static_cast<std::size_t>(a.cols), 0.0);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    const double of_row = share[static_cast<std::size_t>(i)];
    for (std::int64_t j = 0; j < a.cols; ++j) mean[static_cast<std::size_t>(j)] += of_row * a(i, j);
  }
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < a.cols; ++j) a(i, j) -= mean[static_cast<std::size_t>(j)];
  }
}

void centre_rows(MatrixView<double> a, std::span<const double> share) {
  for (std::int64_t i = 0; i < a.rows; ++i) {
    double mean = 0.0;
    for (std::int64_t j = 0; j < a.cols; ++j) mean += share[static_cast<std::size_t>(j)] * a(i, j);
    for (std::int64_t j = 0; j < a.cols; ++j) a(i, j) -= mean;
  }
}

void set_zero(MatrixView<double> a) { std::fill_n(a.data, a.size(), 0.0); }

}  // namespace

KernelSweep::KernelSweep(const models::KernelPath& path, const Truth& truth, const Groups& groups,
                         const Device& device)
    : truth_(&truth), device_(&device), values_(path.values().begin(), path.values().end()) {
  if (path.intercept() == models::Intercept::kCentredTargets) {
    throw Error(ErrorKind::kUsage,
                "leaving out in closed form needs an intercept that is fitted, or none");
  }
  const auto u = path.vectors();
  const auto n = u.rows;
  const auto r = u.cols;
  const bool full_rank = r == n - (path.has_intercept() ? 1 : 0);
  group_start_.push_back(0);
  for (const auto& group : groups) {
    for (const auto row : group) {
      rows_.push_back(static_cast<std::int32_t>(row));
      root_.push_back(path.root()[static_cast<std::size_t>(row)]);
    }
    group_start_.push_back(std::ssize(rows_));
  }

  const auto v = scaled_rows(u, path.root(), true);
  const auto rooted = scaled_rows(u, path.root(), false);
  auto centred = models::copy_of(truth.products.view());  // (Y - mean) Yᵀ
  std::vector<double> centred_sum = truth.sum;
  if (path.has_intercept()) {
    centre_columns(centred.view(), path.share());
    centre_columns({centred_sum.data(), n, 1, Space::kHost}, path.share());
  }
  with_targets_ = device.transposed_multiply(rooted.view(), centred.view());
  auto both_centred = models::copy_of(centred.view());
  if (path.has_intercept()) centre_rows(both_centred.view(), path.share());
  const auto on_inner = device.multiply(both_centred.view(), rooted.view());  // n × r
  half_inner_ = device.transposed_multiply(rooted.view(), on_inner.view());
  auto perp_inner = models::copy_of(on_inner.view());
  if (full_rank) {  // nothing is out of the kernel's reach, and rounding should not be taken for it
    set_zero(centred.view());
    set_zero(perp_inner.view());
  } else {
    subtract(centred, device.multiply(v.view(), with_targets_.view()));
    subtract(perp_inner, device.multiply(v.view(), half_inner_.view()));
  }
  // x M xᵀ is 2 x L xᵀ with half the diagonal in L: half the work.
  for (std::int64_t k = 0; k < r; ++k) {
    half_inner_.view()(k, k) *= 0.5;
    std::fill(half_inner_.view().row(k) + k + 1, half_inner_.view().row(k) + r, 0.0);
  }

  sum_with_.assign(static_cast<std::size_t>(r), 0.0);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t k = 0; k < r; ++k) {
      sum_with_[static_cast<std::size_t>(k)] +=
          rooted.view()(i, k) * centred_sum[static_cast<std::size_t>(i)];
    }
  }
  for (const auto i : rows_) {
    perp_sum_.push_back(full_rank ? 0.0
                                  : centred_sum[static_cast<std::size_t>(i)] -
                                        dot(v.view().row(i), sum_with_.data(), r));
  }
  for (const auto& group : groups) {
    for (const auto i : group) {
      for (const auto j : group) {
        // perp_i · perp_j = perp_i · (y_j - mean), as perp is orthogonal to what is reached but
        // for weights: perp_i · (y_j - mean) - perp_i · reached_j.
        const double on_target =
            both_centred.view()(i, j) - dot(v.view().row(i), on_inner.view().row(j), r);
        const double on_reached = dot(perp_inner.view().row(i), v.view().row(j), r);
        perp_perp_.push_back(full_rank ? 0.0 : on_target - on_reached);
        const auto& root = path.root();
        const double share = path.has_intercept() ? root[static_cast<std::size_t>(i)] *
                                                        path.share()[static_cast<std::size_t>(j)] /
                                                        root[static_cast<std::size_t>(j)]
                                                  : 0.0;
        perp_reach_.push_back(
            full_rank ? 0.0 : (i == j ? 1.0 : 0.0) - share - dot(u.row(i), u.row(j), r));
      }
    }
  }
  const std::vector<std::int64_t> order(rows_.begin(), rows_.end());
  vectors_ = models::rows_of(u, order);
  v_ = models::rows_of(v.view(), order);
  perp_targets_ = models::rows_of(centred.view(), order);
  perp_inner_ = models::rows_of(perp_inner.view(), order);
}

std::vector<Scores> KernelSweep::scores(std::span<const double> penalties) const {
  PenaltyPath path;
  path.values = one_row(values_);
  path.coordinates = v_.view();
  path.truth = with_targets_.view();
  path.half_inner = half_inner_.view();
  path.sum = one_row(sum_with_);
  path.base_truth = perp_targets_.view();
  path.base_inner = perp_inner_.view();
  path.base_products = one_row(perp_perp_);
  path.base_sum = one_row(perp_sum_);
  path.row = rows_;
  set_truth(*truth_, path);
  path.group_start = group_start_;
  path.vectors = vectors_.view();
  path.reach = one_row(perp_reach_);
  path.root = root_;
  return device_->score_penalties(path, penalties);
}

std::vector<MeanScores> KernelSweep::sweep(std::span<const double> penalties) const {
  std::vector<MeanScores> result;
  const auto at_once = static_cast<std::size_t>(settings_at_once(std::ssize(rows_)));
  for (std::size_t begin = 0; begin < penalties.size(); begin += at_once) {
    const auto part = penalties.subspan(begin, std::min(at_once, penalties.size() - begin));
    const auto found = scores(part);
    for (std::size_t at = 0; at < part.size(); ++at) {
      result.push_back(mean_of(std::span(found).subspan(at * rows_.size(), rows_.size())));
    }
  }
  return result;
}

}  // namespace cupel::sweep
