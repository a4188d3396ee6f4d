#pragma once
#include <cstdint>

namespace cupel {

// The rows of a metric's aggregate. `count` is of perturbations with a row, NaN or not; `missing`
// of those without one. The statistics are over values that are not NaN, except where NaN
// propagates.
struct Aggregate {
  std::int64_t count = 0;
  std::int64_t missing = 0;
  std::int64_t undefined = 0;  // of `count`, those that are NaN
  double mean = 0.0;
  double standard_deviation = 0.0;  // of a sample: over n - 1
  double least = 0.0;
  double greatest = 0.0;
  double median = 0.0;
  // As cell-eval's describe() has them: the nearest row in order, NaN counted as the largest value.
  double quarter = 0.0;
  double half = 0.0;
  double three_quarters = 0.0;
};

}  // namespace cupel
