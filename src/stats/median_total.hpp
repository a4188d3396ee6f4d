#pragma once
#include <span>

namespace cupel {

// Median of the totals above 0: what a target sum that is not given resolves to, over the real
// control cells (cell-eval2) or all cells of a file (cell-eval). NaN when no total is above 0.
[[nodiscard]] double median_positive_total(std::span<const double> totals);
// The same with cells of total 0 counted, as scanpy 1.11 has it for compressed rows.
[[nodiscard]] double median_total(std::span<const double> totals);

}  // namespace cupel
