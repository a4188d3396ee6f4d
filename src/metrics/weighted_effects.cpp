#include "metrics/metrics.hpp"
#include "quality/correlation.hpp"
#include "quality/pointwise_error.hpp"
#include "quality/reference_profiles.hpp"

namespace cupel::metrics {
namespace {

Matrix<double> on_host(MatrixView<const double> from, Backend& backend) {
  auto host = make_host_matrix<double>(from.rows, from.cols);
  backend.download(from, {host.view().data, static_cast<std::size_t>(from.size())});
  return host;
}

// Both sides' profiles, and the mean of the true ones: what all perturbations do is then no part of
// an effect, and predicting that mean for each explains nothing (benchmarks.md 1.3).
struct Specific {
  Specific(const Case& c, Backend& backend)
      : prediction(on_host(c.pred_bulk, backend)), truth(on_host(c.real_bulk, backend)) {
    mean = quality::centroid_mean(std::as_const(truth).view());
  }
  [[nodiscard]] quality::Effects effects(const Case& c) const {
    return {prediction.view(), truth.view(), {mean.data(), 1, std::ssize(mean)}, c.weights};
  }
  Matrix<double> prediction;
  Matrix<double> truth;
  std::vector<double> mean;
};

}  // namespace

std::vector<Score> expr_wmse(const Case& c, const Metric&, Backend& backend) {
  const Specific sides(c, backend);
  return quality::score_rows(c.weights.rows, [&](std::int64_t row) {
    return quality::weighted_mse(quality::row_of(sides.prediction.view(), row),
                                 quality::row_of(sides.truth.view(), row),
                                 quality::row_of(c.weights, row));
  });
}

std::vector<Score> delta_weighted_pearson(const Case& c, const Metric&, Backend& backend) {
  return quality::effect_pearson(Specific(c, backend).effects(c));
}

std::vector<Score> delta_weighted_r2(const Case& c, const Metric&, Backend& backend) {
  return quality::effect_r_squared(Specific(c, backend).effects(c));
}

}  // namespace cupel::metrics
