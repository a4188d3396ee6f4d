#include "quality/pointwise_error.hpp"

#include <cmath>

#include "quality/reasons.hpp"

namespace cupel::quality {
namespace {

double squares(Row a, Row b) {
  double sum = 0.0;
  for (std::size_t g = 0; g < a.size(); ++g) sum += (a[g] - b[g]) * (a[g] - b[g]);
  return sum;
}

Score unless_empty(Row row, double value) {
  return row.empty() ? Score::undefined(reasons::kNoGenes) : checked(value);
}

}  // namespace

Score mean_squared_error(Row prediction, Row truth) {
  return unless_empty(truth, squares(prediction, truth) / static_cast<double>(truth.size()));
}

Score root_mean_squared_error(Row prediction, Row truth) {
  return unless_empty(truth,
                      std::sqrt(squares(prediction, truth) / static_cast<double>(truth.size())));
}

Score mean_absolute_error(Row prediction, Row truth) {
  double sum = 0.0;
  for (std::size_t g = 0; g < truth.size(); ++g) sum += std::abs(prediction[g] - truth[g]);
  return unless_empty(truth, sum / static_cast<double>(truth.size()));
}

Score l2_distance(Row prediction, Row truth) {
  return unless_empty(truth, std::sqrt(squares(prediction, truth)));
}

std::vector<double> cumulative_l2(Row prediction, Row truth, std::span<const std::int32_t> order) {
  std::vector<double> curve;
  double sum = 0.0;
  for (const std::int32_t gene : order) {
    const auto g = static_cast<std::size_t>(gene);
    sum += (prediction[g] - truth[g]) * (prediction[g] - truth[g]);
    curve.push_back(std::sqrt(sum));
  }
  return curve;
}

Score weighted_mse(Row prediction, Row truth, Row weights) {
  double sum = 0.0;
  double total = 0.0;
  for (std::size_t g = 0; g < truth.size(); ++g) {
    sum += weights[g] * (prediction[g] - truth[g]) * (prediction[g] - truth[g]);
    total += weights[g];
  }
  if (truth.empty()) return Score::undefined(reasons::kNoGenes);
  if (total == 0.0) return Score::undefined(reasons::kNoWeight);
  return checked(sum / total);
}

Score sampling_error(Row variance, std::int64_t cells) {
  if (variance.empty()) return Score::undefined(reasons::kNoGenes);
  if (cells < 2) return Score::undefined(reasons::kTooFewCells);
  double sum = 0.0;
  for (const double each : variance) sum += each / static_cast<double>(cells);
  return checked(sum / static_cast<double>(variance.size()));
}

Score noise_corrected_mse(Row prediction, Row truth, Row variance, std::int64_t cells) {
  const Score noise = sampling_error(variance, cells);
  if (!noise.defined()) return noise;
  return checked(mean_squared_error(prediction, truth).value - noise.value);
}

}  // namespace cupel::quality
