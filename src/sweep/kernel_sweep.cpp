#include "sweep/kernel_sweep.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cupel/error.hpp"
#include "cupel/math/effect_scores.hpp"
#include "cupel/multiversion.hpp"
#include "linalg/dot.hpp"
#include "linalg/products.hpp"
#include "linalg/solve.hpp"
#include "parallel/parallel.hpp"

namespace cupel::sweep {
namespace {

constexpr std::int64_t kSettingsAtATime = 4;

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

Matrix<double> copy_of(MatrixView<const double> a) {
  auto result = make_host_matrix<double>(a.rows, a.cols);
  std::copy_n(a.data, a.size(), result.view().data);
  return result;
}

// out[j] = truth[j] - factor * (perp[j] + reached[j])
CUPEL_MULTIVERSION void predicted_products(const double* truth, const double* perp,
                                           const double* reached, double factor, std::int64_t n,
                                           double* out) {
  for (std::int64_t j = 0; j < n; ++j) {
    out[j] = math::left_out_product(truth[j], perp[j], reached[j], factor);
  }
}

}  // namespace

KernelSweep::KernelSweep(const models::KernelPath& path, const Truth& truth, Groups groups)
    : path_(&path), truth_(&truth), groups_(std::move(groups)) {
  if (path.intercept() == models::Intercept::kCentredTargets) {
    throw Error(ErrorKind::kUsage,
                "leaving out in closed form needs an intercept that is fitted, or none");
  }
  const auto u = path.vectors();
  const auto n = u.rows;
  const auto r = u.cols;
  full_rank_ = r == n - (path.has_intercept() ? 1 : 0);
  singles_ = std::ranges::all_of(groups_, [](const auto& group) { return group.size() == 1; });

  v_ = scaled_rows(u, path.root(), true);
  squares_ = copy_of(u);
  for (std::int64_t i = 0; i < u.size(); ++i) squares_.view().data[i] *= u.data[i];
  const auto rooted = scaled_rows(u, path.root(), false);
  auto centred = copy_of(truth.products.view());  // (Y - mean) Yᵀ
  std::vector<double> centred_sum = truth.sum;
  if (path.has_intercept()) {
    centre_columns(centred.view(), path.share());
    centre_columns({centred_sum.data(), n, 1, Space::kHost}, path.share());
  }
  with_targets_ = transposed_multiply(rooted.view(), centred.view());
  perp_targets_ = copy_of(centred.view());
  subtract(perp_targets_, multiply(v_.view(), with_targets_.view()));

  auto both_centred = copy_of(centred.view());
  if (path.has_intercept()) centre_rows(both_centred.view(), path.share());
  const auto on_inner = multiply(both_centred.view(), rooted.view());  // n × r
  inner_ = transposed_multiply(rooted.view(), on_inner.view());
  lower_ = copy_of(inner_.view());
  for (std::int64_t k = 0; k < r; ++k) {
    lower_.view()(k, k) *= 0.5;
    std::fill(lower_.view().row(k) + k + 1, lower_.view().row(k) + r, 0.0);
  }
  perp_inner_ = copy_of(on_inner.view());
  subtract(perp_inner_, multiply(v_.view(), inner_.view()));

  sum_with_.assign(static_cast<std::size_t>(r), 0.0);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t k = 0; k < r; ++k) {
      sum_with_[static_cast<std::size_t>(k)] +=
          rooted.view()(i, k) * centred_sum[static_cast<std::size_t>(i)];
    }
  }
  for (std::int64_t i = 0; i < n; ++i) {
    perp_sum_.push_back(centred_sum[static_cast<std::size_t>(i)] -
                        dot(v_.view().row(i), sum_with_.data(), r));
  }
  if (full_rank_) {  // nothing is out of the kernel's reach, and rounding should not be taken for
                     // it
    std::fill_n(perp_targets_.view().data, n * n, 0.0);
    std::fill_n(perp_inner_.view().data, n * r, 0.0);
    std::ranges::fill(perp_sum_, 0.0);
  }
  for (const auto& group : groups_) {
    const auto size = std::ssize(group);
    auto perp = make_host_matrix<double>(size, size);
    auto reach = make_host_matrix<double>(size, size);
    for (std::int64_t a = 0; a < size; ++a) {
      for (std::int64_t b = 0; b < size; ++b) {
        const auto i = group[static_cast<std::size_t>(a)];
        const auto j = group[static_cast<std::size_t>(b)];
        // perp_i · perp_j = perp_i · (y_j - mean), as perp is orthogonal to what is reached but
        // for weights: perp_i · (y_j - mean) - perp_i · reached_j.
        const double on_target =
            both_centred.view()(i, j) - dot(v_.view().row(i), on_inner.view().row(j), r);
        const double on_reached = dot(perp_inner_.view().row(i), v_.view().row(j), r);
        perp.view()(a, b) = full_rank_ ? 0.0 : on_target - on_reached;
        const auto& root = path.root();
        const double share = path.has_intercept() ? root[static_cast<std::size_t>(i)] *
                                                        path.share()[static_cast<std::size_t>(j)] /
                                                        root[static_cast<std::size_t>(j)]
                                                  : 0.0;
        reach.view()(a, b) =
            full_rank_ ? 0.0 : (i == j ? 1.0 : 0.0) - share - dot(u.row(i), u.row(j), r);
      }
    }
    perp_perp_.push_back(std::move(perp));
    perp_reach_.push_back(std::move(reach));
  }
}

std::vector<double> KernelSweep::filter(double penalty) const {
  std::vector<double> f;
  for (const double s : path_->values()) f.push_back(math::penalty_filter(s, penalty));
  return f;
}

double KernelSweep::reached(std::int64_t i, std::int64_t j, std::span<const double> f) const {
  const auto u = path_->vectors();
  if (i == j) return dot(squares_.view().row(i), f.data(), u.cols);
  double sum = 0.0;
  for (std::int64_t k = 0; k < u.cols; ++k)
    sum += u(i, k) * f[static_cast<std::size_t>(k)] * u(j, k);
  return sum;
}

// (I - H_GG)⁻¹, or NaN where the group decides its own predictions.
Matrix<double> KernelSweep::left_out_factor(std::size_t at, std::span<const double> f) const {
  const auto& group = groups_[at];
  const auto size = std::ssize(group);
  auto left = make_host_matrix<double>(size, size);  // I - H_GG, scaled by roots: symmetric
  auto identity = make_host_matrix<double>(size, size);
  bool decides = false;
  for (std::int64_t a = 0; a < size; ++a) {
    for (std::int64_t b = 0; b < size; ++b) {
      left.view()(a, b) =
          perp_reach_[at].view()(a, b) +
          reached(group[static_cast<std::size_t>(a)], group[static_cast<std::size_t>(b)], f);
      identity.view()(a, b) = a == b ? 1.0 : 0.0;
    }
    decides = decides || !(left.view()(a, a) > math::kDecides);
  }
  if (!decides) {
    try {
      auto inverse = solve_positive(left.view(), identity.view());
      for (std::int64_t a = 0; a < size; ++a) {
        for (std::int64_t b = 0; b < size; ++b) {
          inverse.view()(a, b) *=
              path_->root()[static_cast<std::size_t>(group[static_cast<std::size_t>(b)])] /
              path_->root()[static_cast<std::size_t>(group[static_cast<std::size_t>(a)])];
        }
      }
      return inverse;
    } catch (const Error&) {  // singular: no prediction
    }
  }
  std::fill_n(left.view().data, left.view().size(), std::numeric_limits<double>::quiet_NaN());
  return left;
}

Products KernelSweep::products(double penalty) const {
  const auto f = filter(penalty);
  const auto n = v_.rows();
  const auto r = v_.cols();
  auto filtered = make_host_matrix<double>(n, r);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t k = 0; k < r; ++k) {
      filtered.view()(i, k) = v_.view()(i, k) * f[static_cast<std::size_t>(k)];
    }
  }
  auto with_targets = make_host_matrix<double>(n, n);
  if (r > 0) {
    multiply_here(filtered.view(), with_targets_.view(), with_targets.view());
  } else {
    std::fill_n(with_targets.view().data, n * n, 0.0);
  }
  // x M xᵀ is 2 x L xᵀ with half the diagonal in L: half the work, where only that is wanted.
  auto inner = copy_of(filtered.view());
  if (singles_) {
    multiply_lower_here(inner.view(), lower_.view());
  } else {
    multiply_here(filtered.view(), inner_.view(), inner.view());
  }

  std::vector<std::int64_t> rows(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) rows[static_cast<std::size_t>(i)] = i;
  Products result = empty_products(std::move(rows), n);
  const auto c = truth_->products.view();
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const auto& group = groups_[g];
    if (group.size() == 1) {
      const auto i = group.front();
      const auto at = static_cast<std::size_t>(i);
      const double left = perp_reach_[g].view()(0, 0) + reached(i, i, f);
      const double factor = math::left_out_factor(left);
      predicted_products(c.row(i), perp_targets_.view().row(i), with_targets.view().row(i), factor,
                         n, result.with_truth.view().row(i));
      const double quadratic =
          (singles_ ? 2.0 : 1.0) * dot(filtered.view().row(i), inner.view().row(i), r);
      const double square = perp_perp_[g].view()(0, 0) +
                            2.0 * dot(filtered.view().row(i), perp_inner_.view().row(i), r) +
                            quadratic;
      result.squared_error[at] = math::left_out_square(square, factor);
      result.sum[at] = truth_->sum[at] -
                       factor * (perp_sum_[at] + dot(filtered.view().row(i), sum_with_.data(), r));
    } else {
      const auto size = std::ssize(group);
      const auto factor = left_out_factor(g, f);
      std::vector<double> square(static_cast<std::size_t>(size * size));
      for (std::int64_t a = 0; a < size; ++a) {
        const auto i = group[static_cast<std::size_t>(a)];
        for (std::int64_t b = 0; b < size; ++b) {
          const auto j = group[static_cast<std::size_t>(b)];
          square[static_cast<std::size_t>(a * size + b)] =
              perp_perp_[g].view()(a, b) +
              dot(filtered.view().row(i), perp_inner_.view().row(j), r) +
              dot(filtered.view().row(j), perp_inner_.view().row(i), r) +
              dot(filtered.view().row(i), inner.view().row(j), r);
        }
      }
      for (std::int64_t a = 0; a < size; ++a) {
        const auto i = group[static_cast<std::size_t>(a)];
        const auto at = static_cast<std::size_t>(i);
        double* out = result.with_truth.view().row(i);
        std::copy_n(c.row(i), n, out);
        result.sum[at] = truth_->sum[at];
        for (std::int64_t b = 0; b < size; ++b) {
          const auto j = group[static_cast<std::size_t>(b)];
          const double share = factor.view()(a, b);
          predicted_products(out, perp_targets_.view().row(j), with_targets.view().row(j), share, n,
                             out);
          result.sum[at] -= share * (perp_sum_[static_cast<std::size_t>(j)] +
                                     dot(filtered.view().row(j), sum_with_.data(), r));
          for (std::int64_t d = 0; d < size; ++d) {
            result.squared_error[at] +=
                share * factor.view()(a, d) * square[static_cast<std::size_t>(b * size + d)];
          }
        }
      }
    }
  }
  for (std::int64_t i = 0; i < n; ++i) {
    const auto at = static_cast<std::size_t>(i);
    result.squared_norm[at] =
        math::left_out_norm(result.with_truth.view()(i, i), c(i, i), result.squared_error[at]);
  }
  return result;
}

std::vector<Scores> KernelSweep::scores(double penalty) const {
  std::vector<Scores> result(static_cast<std::size_t>(v_.rows()));
  score(products(penalty), *truth_, result);
  return result;
}

std::vector<MeanScores> KernelSweep::sweep(std::span<const double> penalties) const {
  std::vector<MeanScores> result(penalties.size());
  for_each_chunk(std::ssize(penalties), kSettingsAtATime,
                 [&](std::int64_t begin, std::int64_t end) {
                   for (auto i = begin; i < end; ++i) {
                     const auto at = static_cast<std::size_t>(i);
                     result[at] = mean_of(scores(penalties[at]));
                   }
                 });
  return result;
}

RidgePath KernelSweep::path_on(Backend& backend) const {
  const auto n = v_.rows();
  const auto up = [&](MatrixView<const double> host) { return backend.upload(host); };
  const auto row_of = [&](std::span<const double> values) {
    return up({values.data(), 1, std::ssize(values), Space::kHost});
  };
  auto of_row = make_host_matrix<double>(4, n);
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const auto i = groups_[g].front();
    const auto at = static_cast<std::size_t>(i);
    of_row.view()(0, i) = perp_perp_[g].view()(0, 0);
    of_row.view()(1, i) = perp_reach_[g].view()(0, 0);
    of_row.view()(2, i) = perp_sum_[at];
    of_row.view()(3, i) = truth_->sum[at];
  }
  return {row_of(path_->values()),
          up(path_->vectors()),
          up(v_.view()),
          up(with_targets_.view()),
          up(perp_targets_.view()),
          up(lower_.view()),
          up(perp_inner_.view()),
          row_of(sum_with_),
          up(of_row.view()),
          up(truth_->products.view()),
          truth_->genes,
          truth_->candidates};
}

std::vector<MeanScores> KernelSweep::sweep(std::span<const double> penalties,
                                           Backend& backend) const {
  // Rows that are in no group are scored as well, which the op has no word for.
  if (!singles_ || std::ssize(groups_) != v_.rows()) return sweep(penalties);
  constexpr auto kScores = static_cast<std::size_t>(math::kEffectScores);
  const auto path = path_on(backend);
  const auto means = backend.leave_one_out(path, penalties);
  std::vector<double> mean(penalties.size() * kScores);
  std::vector<std::int32_t> missing(mean.size());
  backend.download(means.mean.view(), mean);
  backend.download(means.missing.view(), missing);
  std::vector<MeanScores> result;
  for (std::size_t at = 0; at < mean.size(); at += kScores) {
    result.push_back({{mean[at], mean[at + 1], mean[at + 2], mean[at + 3], mean[at + 4]},
                      v_.rows(),
                      missing[at],
                      missing[at + 1]});
  }
  return result;
}

Matrix<double> KernelSweep::weights(double penalty) const {
  const auto f = filter(penalty);
  const auto u = path_->vectors();
  const auto n = u.rows;
  auto left = make_host_matrix<double>(n, n);  // I - H
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      const auto to = static_cast<std::size_t>(j);
      double hat = path_->has_intercept() ? path_->share()[to] : 0.0;
      for (std::int64_t k = 0; k < u.cols; ++k) {
        hat +=
            v_.view()(i, k) * (1.0 - f[static_cast<std::size_t>(k)]) * u(j, k) * path_->root()[to];
      }
      left.view()(i, j) = (i == j ? 1.0 : 0.0) - hat;
    }
  }
  auto result = make_host_matrix<double>(n, n);
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const auto& group = groups_[g];
    const auto factor = left_out_factor(g, f);
    for (std::int64_t a = 0; a < std::ssize(group); ++a) {
      const auto i = group[static_cast<std::size_t>(a)];
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = i == j ? 1.0 : 0.0;
        for (std::int64_t b = 0; b < std::ssize(group); ++b) {
          sum -= factor.view()(a, b) * left.view()(group[static_cast<std::size_t>(b)], j);
        }
        result.view()(i, j) = sum;
      }
    }
  }
  return result;
}

EigenSolver eigen_on(Backend& backend) {
  return [&backend](MatrixView<const double> matrix) {
    const auto there = backend.upload(matrix);
    const auto pairs = backend.symmetric_eigen(there.view());
    const auto n = matrix.rows;
    SymmetricEigen eigen{std::vector<double>(static_cast<std::size_t>(n)),
                         make_host_matrix<double>(n, n)};
    backend.download(pairs.values.view(), eigen.values);
    backend.download(pairs.vectors.view(),
                     {eigen.vectors.view().data, static_cast<std::size_t>(n * n)});
    return eigen;
  };
}

}  // namespace cupel::sweep
