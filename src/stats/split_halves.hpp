#pragma once
#include <cstdint>
#include <vector>

#include "random/numpy_random.hpp"

namespace cupel {

using RowsOfGroups = std::vector<std::vector<std::int64_t>>;  // one list of cells per group

// Each group's cells in two halves that share none. An odd cell, and a group of fewer than two,
// stays out of both (its lists are empty).
struct Halves {
  RowsOfGroups a;
  RowsOfGroups b;
};

// The split of cell-eval.md 4.4: one stream permutes the groups in the order given, so that order
// is part of the result.
[[nodiscard]] Halves split_halves(const RowsOfGroups& groups, NumpyRandom& random);

// The resampled halves of cell-eval's first version: twice a group's number of cells drawn with
// replacement, the first half of the draws for `a`.
[[nodiscard]] Halves bootstrap_halves(const RowsOfGroups& groups, NumpyRandom& random);

}  // namespace cupel
