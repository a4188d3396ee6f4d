#include "sweep/profile_products.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "cupel/math/effect_scores.hpp"
#include "cupel/multiversion.hpp"
#include "cupel/nan.hpp"
#include "linalg/products.hpp"

namespace cupel::sweep {
namespace {

// How many of scale[j] * with[j] + offset[j] are below, and how many equal to, that of `own`.
CUPEL_MULTIVERSION math::Nearness count(const double* with, const double* scale,
                                        const double* offset, std::int64_t n, std::int64_t own) {
  const double limit = scale[own] * with[own] + offset[own];
  std::int64_t nearer = 0;
  std::int64_t equal = 0;
  for (std::int64_t j = 0; j < n; ++j) {
    const double key = scale[j] * with[j] + offset[j];
    nearer += key < limit ? 1 : 0;
    equal += key == limit ? 1 : 0;
  }
  return {static_cast<double>(nearer), static_cast<double>(equal)};
}

// The same among some rows.
math::Nearness count_in(const std::vector<std::int64_t>* rows, const double* with,
                        const double* scale, const double* offset, std::int64_t own) {
  const double limit = scale[own] * with[own] + offset[own];
  math::Nearness counts{0.0, 0.0};
  for (const auto j : *rows) {
    const double key = scale[j] * with[j] + offset[j];
    counts.nearer += key < limit ? 1.0 : 0.0;
    counts.equal += key == limit ? 1.0 : 0.0;
  }
  return counts;
}

}  // namespace

Truth make_truth(MatrixView<const double> delta) {
  Truth truth{gram(delta), {}, delta.cols, {}};
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

Products empty_products(std::vector<std::int64_t> rows, std::int64_t n) {
  const auto m = rows.size();
  return {std::move(rows), make_host_matrix<double>(static_cast<std::int64_t>(m), n),
          std::vector<double>(m), std::vector<double>(m), std::vector<double>(m)};
}

void score(const Products& predictions, const Truth& truth, std::span<Scores> scores) {
  const auto c = truth.products.view();
  const auto n = c.rows;
  // Distances, but for what all candidates of a prediction share: |y|² - 2 <p, y>, and
  // -<p, y> / |y|.
  std::vector<double> squared(static_cast<std::size_t>(n));
  std::vector<double> cosine_scale(squared.size());
  const std::vector<double> minus_two(squared.size(), -2.0);
  const std::vector<double> zero(squared.size(), 0.0);
  for (std::size_t j = 0; j < squared.size(); ++j) {
    const auto at = static_cast<std::int64_t>(j);
    squared[j] = c(at, at);
    cosine_scale[j] = math::cosine_scale(squared[j]);
  }
  std::map<std::int32_t, std::vector<std::int64_t>> rows_of_set;
  std::vector<const std::vector<std::int64_t>*> sets;  // of each row; none where all are one
  for (std::int64_t j = 0; j < std::ssize(truth.candidates); ++j) {
    rows_of_set[truth.candidates[static_cast<std::size_t>(j)]].push_back(j);
  }
  if (rows_of_set.size() > 1) {
    for (const auto set : truth.candidates) sets.push_back(&rows_of_set.at(set));
  }
  for (std::size_t i = 0; i < predictions.row.size(); ++i) {
    const auto own = predictions.row[i];
    const auto at = static_cast<std::size_t>(own);
    const double* with = predictions.with_truth.view().row(static_cast<std::int64_t>(i));
    const auto l2 = sets.empty() ? count(with, minus_two.data(), squared.data(), n, own)
                                 : count_in(sets[at], with, minus_two.data(), squared.data(), own);
    const auto angle = sets.empty()
                           ? count(with, cosine_scale.data(), zero.data(), n, own)
                           : count_in(sets[at], with, cosine_scale.data(), zero.data(), own);
    const auto among = sets.empty() ? n : std::ssize(*sets[at]);
    const auto of_row = math::effect_scores(
        {with[own], predictions.squared_error[i], predictions.squared_norm[i], predictions.sum[i]},
        {squared[at], truth.sum[at]}, truth.genes, l2, angle, among);
    scores[i] = {of_row.mse, of_row.pearson, of_row.cosine, of_row.pds_l2, of_row.pds_cosine};
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
                             const Truth& truth) {
  const auto n = truth.products.rows();
  Products result = empty_products(std::move(rows), n);
  result.with_truth = multiply(weights, truth.products.view());
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
                              MatrixView<const double> delta) {
  Products result = empty_products(std::move(rows), delta.rows);
  result.with_truth = multiply_transposed(predicted, delta);
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
