#include "metrics/pearson_edistance.hpp"

#include <cmath>

#include "cupel/math/pearson.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

double distance(const double* a, const double* b, std::int64_t n_genes) {
  double squares = 0.0;
  for (std::int64_t gene = 0; gene < n_genes; ++gene) {
    squares += (a[gene] - b[gene]) * (a[gene] - b[gene]);
  }
  return std::sqrt(squares);
}

// Over all pairs of a row of `a` with a row of `b`. Rows are summed each on its own and then in
// order, so the number of threads does not matter.
double mean_distance(MatrixView<const double> a, MatrixView<const double> b) {
  std::vector<double> of_row(static_cast<std::size_t>(a.rows), 0.0);
  for_each_chunk(a.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      for (std::int64_t other = 0; other < b.rows; ++other) {
        of_row[static_cast<std::size_t>(row)] += distance(a.row(row), b.row(other), a.cols);
      }
    }
  });
  double sum = 0.0;
  for (const double row : of_row) sum += row;
  return sum / (static_cast<double>(a.rows) * static_cast<double>(b.rows));
}

// The control's own term is the same for every perturbation.
std::vector<double> distances_from(MatrixView<const double> control,
                                   std::span<const MatrixView<const double>> groups) {
  const double within_control = mean_distance(control, control);
  std::vector<double> distances;
  for (const auto& group : groups) {
    distances.push_back(2.0 * mean_distance(group, control) - mean_distance(group, group) -
                        within_control);
  }
  return distances;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

double energy_distance(MatrixView<const double> a, MatrixView<const double> b) {
  return distances_from(b, std::span(&a, 1)).front();
}

double pearson_edistance(std::span<const MatrixView<const double>> real,
                         MatrixView<const double> real_control,
                         std::span<const MatrixView<const double>> pred,
                         MatrixView<const double> pred_control) {
  const auto x = distances_from(real_control, real);
  const auto y = distances_from(pred_control, pred);
  const double mean_x = mean_of(x);
  const double mean_y = mean_of(y);
  double sxy = 0.0;
  double sxx = 0.0;
  double syy = 0.0;
  for (std::size_t p = 0; p < x.size(); ++p) {
    sxy += (x[p] - mean_x) * (y[p] - mean_y);
    sxx += (x[p] - mean_x) * (x[p] - mean_x);
    syy += (y[p] - mean_y) * (y[p] - mean_y);
  }
  return math::pearson(sxy, sxx, syy);
}

}  // namespace cupel
