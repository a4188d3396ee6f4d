#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cupel/cells.hpp"

// Energy distance of clouds of cells, as cell-eval has it (cell-eval.md 3.55): twice the mean
// Euclidean distance between them less the mean distance within each; the means within count each
// cell's distance to itself. Cells are rows in host memory and are compared as they are stored.
//
// Cost: pairs of cells × genes that one of them has. A block of cells is laid out gene by gene and
// the others are walked past it, some genes at a time, so zeros cost nothing and the rest is vector
// code on what lies in the cache. Each distance
// is summed over genes in their order, sums of distances in the order of blocks and rows: the same
// bits for any number of threads. Where two cells are so near that the lengths cancel, their
// distance is summed anew from differences; equal cells are at distance 0.
namespace cupel {

// Mean distance over all pairs of a cell of group k with one of `others`, for each group; NaN where
// there is no pair. Group k owns rows [start[k], start[k + 1]).
[[nodiscard]] std::vector<double> mean_distances_between(CellsView cells,
                                                         std::span<const std::int64_t> start,
                                                         CellsView others);

// Mean distance over all pairs of cells of each group, a cell and itself included.
[[nodiscard]] std::vector<double> mean_distances_within(CellsView cells,
                                                        std::span<const std::int64_t> start);

}  // namespace cupel
