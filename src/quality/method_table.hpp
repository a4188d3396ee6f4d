#pragma once
#include <span>
#include <vector>

#include "cupel/metric.hpp"

namespace cupel::quality {

// One metric of several methods under one condition.
struct MethodMetric {
  std::vector<double> values;  // per method
  Better better = Better::kHigher;
  bool rescale = false;  // to [0, 1] over these methods, 1 the best: distances; bounded scores stay
};

// scPerturBench's table (benchmarks.md 1.6): mean of the (rescaled) metrics, mean of the ranks, and
// the rank of that; methods that tie share the smallest rank. It is relative: a method's numbers
// change with who else is in the table. A method that lacks a metric has none of the three.
struct MethodTable {
  std::vector<Score> score;
  std::vector<Score> mean_rank;
  std::vector<Score> rank;
};
[[nodiscard]] MethodTable method_table(std::span<const MethodMetric> metrics);

}  // namespace cupel::quality
