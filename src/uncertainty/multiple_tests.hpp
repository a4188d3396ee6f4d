#pragma once
#include <span>
#include <vector>

// p-values adjusted for how many there are, so that the chance of any false call is at most alpha.
// A p-value that is NaN stays NaN and does not count as a test.
namespace cupel {

// Holm 1979: (m - i + 1) * p_(i), made non-decreasing, 1 at most. Any dependence.
[[nodiscard]] std::vector<double> holm(std::span<const double> p_values);

// Its sharper form for independent tests: 1 - (1 - p_(i))^(m - i + 1) (scPerturb's E-test).
[[nodiscard]] std::vector<double> holm_sidak(std::span<const double> p_values);

}  // namespace cupel
