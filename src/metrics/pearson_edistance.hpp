#pragma once
#include <span>
#include <vector>

#include "cupel/matrix.hpp"

namespace cupel {

// Energy distance of two clouds of cells (cells × genes, host memory): twice the mean Euclidean
// distance between them less the mean distance within each. The means within count each cell's
// distance to itself, as cell-eval has it.
[[nodiscard]] double energy_distance(MatrixView<const double> a, MatrixView<const double> b);

// Pearson correlation over perturbations of their energy distance from the same side's control:
// one number for a whole prediction. NaN when either side's distances do not vary. The two lists
// hold the same perturbations in the same order.
[[nodiscard]] double pearson_edistance(std::span<const MatrixView<const double>> real,
                                       MatrixView<const double> real_control,
                                       std::span<const MatrixView<const double>> pred,
                                       MatrixView<const double> pred_control);

}  // namespace cupel
