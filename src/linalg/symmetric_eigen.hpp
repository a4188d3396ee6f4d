#pragma once
#include <vector>

#include "cupel/matrix.hpp"

namespace cupel {

// matrix = vectors · diag(values) · vectorsᵀ, values descending, vectors in columns. The sign of a
// vector is such that its entry of greatest magnitude (the first of those) is positive.
struct SymmetricEigen {
  std::vector<double> values;
  Matrix<double> vectors;  // n × n, or n × k of the k greatest
};

// Divide and conquer. Reads the lower triangle. Throws Error(kInput) on values that are not
// finite, and Error(kInternal) where the iteration fails.
[[nodiscard]] SymmetricEigen symmetric_eigen(MatrixView<const double> matrix);

// Values above `relative` times the greatest: what is left of a matrix's rank after rounding.
[[nodiscard]] SymmetricEigen leading_part(SymmetricEigen eigen, double relative);
// The first `k` pairs, or as many as there are.
[[nodiscard]] SymmetricEigen first_pairs(SymmetricEigen eigen, std::int64_t k);

}  // namespace cupel
