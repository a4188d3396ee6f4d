#pragma once
#include <span>

#include "cupel/metric.hpp"

namespace cupel::quality {

// Area under an error as train and test become less alike (PertEval's AUSPC): trapezoids over the
// levels of the shift, ascending. Lower is better. Undefined for fewer than two levels.
[[nodiscard]] Score area_under_shift(std::span<const double> level, std::span<const double> error);

// Sample standard deviation over sqrt(n); undefined for fewer than two replicates.
[[nodiscard]] Score standard_error(std::span<const double> replicates);

}  // namespace cupel::quality
