#include "quality/shift_curve.hpp"

#include <cmath>

#include "quality/reasons.hpp"
#include "quality/rows.hpp"

namespace cupel::quality {

Score area_under_shift(std::span<const double> level, std::span<const double> error) {
  if (level.size() < 2) return Score::undefined(reasons::kTooFewRows);
  double area = 0.0;
  for (std::size_t i = 1; i < level.size(); ++i) {
    area += (level[i] - level[i - 1]) * (error[i] + error[i - 1]) / 2.0;
  }
  return checked(area);
}

Score standard_error(std::span<const double> replicates) {
  if (replicates.size() < 2) return Score::undefined(reasons::kTooFewRows);
  const auto n = static_cast<double>(replicates.size());
  double sum = 0.0;
  for (const double value : replicates) sum += value;
  double squares = 0.0;
  for (const double value : replicates) squares += (value - sum / n) * (value - sum / n);
  return checked(std::sqrt(squares / (n - 1.0) / n));
}

}  // namespace cupel::quality
