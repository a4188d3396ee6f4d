#include "sweep/profile_products.hpp"

#include <algorithm>
#include <cmath>

#include "cupel/nan.hpp"
#include "linalg/candidates.hpp"

namespace cupel::sweep {
namespace {

Products empty_products(std::vector<std::int64_t> rows, std::int64_t n) {
  const auto m = rows.size();
  return {std::move(rows), make_host_matrix<double>(static_cast<std::int64_t>(m), n),
          std::vector<double>(m), std::vector<double>(m), std::vector<double>(m)};
}

}  // namespace

Truth make_truth(MatrixView<const double> delta, const Algebra& algebra) {
  Truth truth{algebra.gram(delta), {}, delta.cols, {}};
  for (std::int64_t i = 0; i < delta.rows; ++i) {
    double sum = 0.0;
    for (std::int64_t gene = 0; gene < delta.cols; ++gene) sum += delta(i, gene);
    truth.sum.push_back(sum);
  }
  return truth;
}

Truth part_of(const Truth& truth, std::span<const std::int64_t> rows) {
  Truth part{make_host_matrix<double>(std::ssize(rows), std::ssize(rows)), {}, truth.genes, {}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    double* to = part.products.view().row(static_cast<std::int64_t>(i));
    for (const auto row : rows) *to++ = truth.products.view()(rows[i], row);
    part.sum.push_back(truth.sum[static_cast<std::size_t>(rows[i])]);
    if (!truth.candidates.empty()) {
      part.candidates.push_back(truth.candidates[static_cast<std::size_t>(rows[i])]);
    }
  }
  return part;
}

void set_truth(const Truth& truth, PenaltyPath& path) {
  path.products = truth.products.view();
  path.true_sum = one_row(truth.sum);
  path.genes = truth.genes;
  path.sets = truth.candidates;
}

MatrixView<const double> one_row(std::span<const double> values) {
  return {values.data(), 1, std::ssize(values), Space::kHost};
}

std::int64_t settings_at_once(std::int64_t rows) {
  constexpr std::int64_t kBytes = std::int64_t{64} << 20;
  const auto of_setting = rows * static_cast<std::int64_t>(sizeof(Scores));
  return std::max<std::int64_t>(kBytes / std::max<std::int64_t>(of_setting, 1), 1);
}

void score(const Products& predictions, const Truth& truth, std::span<Scores> scores) {
  const Candidates candidates(truth.products.view(), truth.candidates);
  for (std::size_t i = 0; i < predictions.row.size(); ++i) {
    const auto own = predictions.row[i];
    const double* with = predictions.with_truth.view().row(static_cast<std::int64_t>(i));
    const auto rank = candidates.rank(with, own);
    scores[i] = math::effect_scores(
        {with[own], predictions.squared_error[i], predictions.squared_norm[i], predictions.sum[i]},
        {candidates.square(own), truth.sum[static_cast<std::size_t>(own)]}, truth.genes, rank.l2,
        rank.cosine, rank.among);
  }
}

MeanScores mean_of(std::span<const Scores> scores) {
  MeanScores result{{0.0, 0.0, 0.0, 0.0, 0.0}, std::ssize(scores), 0, 0};
  const auto mean = [&](double Scores::*member) {
    double sum = 0.0;
    std::int64_t defined = 0;
    for (const Scores& one : scores) {
      if (std::isnan(one.*member)) continue;
      sum += one.*member;
      ++defined;
    }
    result.mean.*member = defined > 0 ? sum / static_cast<double>(defined) : kNaN;
    return std::ssize(scores) - defined;
  };
  result.without_prediction = mean(&Scores::mse);
  result.without_pearson = mean(&Scores::pearson);
  mean(&Scores::cosine);
  mean(&Scores::pds_l2);
  mean(&Scores::pds_cosine);
  return result;
}

Products products_of_weights(MatrixView<const double> weights, std::vector<std::int64_t> rows,
                             const Truth& truth, const Algebra& algebra) {
  const auto n = truth.products.rows();
  Products result = empty_products(std::move(rows), n);
  result.with_truth = algebra.multiply(weights, truth.products.view());
  for (std::size_t i = 0; i < result.row.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    const double* weight = weights.row(at);
    const double* with = result.with_truth.view().row(at);
    const double* own = truth.products.view().row(result.row[i]);
    for (std::int64_t k = 0; k < n; ++k) {
      const double residual = weight[k] - (k == result.row[i] ? 1.0 : 0.0);
      result.squared_norm[i] += weight[k] * with[k];
      result.squared_error[i] += residual * (with[k] - own[k]);
      result.sum[i] += weight[k] * truth.sum[static_cast<std::size_t>(k)];
    }
  }
  return result;
}

Products products_of_profiles(MatrixView<const double> predicted, std::vector<std::int64_t> rows,
                              MatrixView<const double> delta, const Algebra& algebra) {
  Products result = empty_products(std::move(rows), delta.rows);
  result.with_truth = algebra.multiply_transposed(predicted, delta);
  for (std::size_t i = 0; i < result.row.size(); ++i) {
    const double* p = predicted.row(static_cast<std::int64_t>(i));
    const double* y = delta.row(result.row[i]);
    for (std::int64_t gene = 0; gene < delta.cols; ++gene) {
      result.squared_error[i] += (p[gene] - y[gene]) * (p[gene] - y[gene]);
      result.squared_norm[i] += p[gene] * p[gene];
      result.sum[i] += p[gene];
    }
  }
  return result;
}

}  // namespace cupel::sweep
