#pragma once
#include <cstdint>
#include <vector>

#include "quality/rows.hpp"

// How surely each gene of a perturbation differs from other perturbed cells: what gene weights and
// the interpolated duplicate are made of (benchmarks.md 1.3).
namespace cupel::quality {

// Sums of a group of cells, gene by gene.
struct CellSums {
  Row sum;
  Row squares;
  std::int64_t cells = 0;
};

struct DeScores {
  std::vector<double> t;        // NaN where neither group varies
  std::vector<double> p_value;  // two-sided; NaN where t is
};

// Welch's t of the group's mean against that of the rest, whose variance is divided by the group's
// number of cells in place of its own: scanpy's "t-test_overestim_var". The degrees of freedom are
// rounded down, and from 200 on the normal distribution serves. NaN everywhere for fewer than two
// cells on a side.
[[nodiscard]] DeScores de_scores(const CellSums& group, const CellSums& rest);

// Benjamini-Hochberg over the values that are not NaN.
[[nodiscard]] std::vector<double> benjamini_hochberg(std::span<const double> p_values);

}  // namespace cupel::quality
