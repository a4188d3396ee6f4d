#include "models/gene_scores.hpp"

#include <algorithm>

namespace cupel::models {

std::vector<std::int64_t> used_controls(const Training& training) {
  std::vector<std::int64_t> used;
  for (const auto& condition : training.conditions) {
    used.push_back(control_row(training, condition.context));
  }
  std::ranges::sort(used);
  used.erase(std::ranges::unique(used).begin(), used.end());
  return used;
}

Matrix<double> profiles_with_controls(const Training& training) {
  const auto controls = used_controls(training);
  const auto absolute = add_controls(training.delta.view(), training.conditions, training);
  const std::int64_t genes = absolute.cols();
  auto result = make_host_matrix<double>(std::ssize(controls) + absolute.rows(), genes);
  double* to = result.view().data;
  for (const auto row : controls) {
    to = std::copy_n(training.control.view().row(row), genes, to);
  }
  std::copy_n(absolute.view().data, absolute.view().size(), to);
  return result;
}

Matrix<double> gene_scores(const Training& training, std::int64_t k) {
  auto profiles = profiles_with_controls(training);
  const auto x = profiles.view();
  for (std::int64_t i = 0; i < x.rows; ++i) {
    double sum = 0.0;
    for (std::int64_t gene = 0; gene < x.cols; ++gene) sum += x(i, gene);
    const double mean = sum / static_cast<double>(x.cols);
    for (std::int64_t gene = 0; gene < x.cols; ++gene) x(i, gene) -= mean;
  }
  const auto& algebra = *training.algebra;
  const auto products = algebra.gram(profiles.view());
  const auto eigen = first_pairs(leading_part(algebra.symmetric_eigen(products.view()), 1e-13), k);
  return algebra.transposed_multiply(profiles.view(), eigen.vectors.view());
}

}  // namespace cupel::models
