#pragma once
#include <vector>

#include "cupel/matrix.hpp"

namespace cupel::models {

// Y ≈ G K P + b with two-sided ridge (A7): K = (GᵀG + λ_G)⁻¹ Gᵀ (Y - b) Pᵀ (PPᵀ + λ_P)⁻¹. It is
// not the minimiser of a single penalised error.
struct Bilinear {
  Matrix<double> core;         // K: gene components × perturbation components
  std::vector<double> centre;  // b: mean of y over its rows
};
// `genes` genes × k, `perturbations` conditions × k', `y` conditions × genes.
[[nodiscard]] Bilinear solve_bilinear(MatrixView<const double> genes,
                                      MatrixView<const double> perturbations,
                                      MatrixView<const double> y, double gene_penalty,
                                      double perturbation_penalty);
// asked × genes, of asked conditions' perturbation rows.
[[nodiscard]] Matrix<double> predict_bilinear(const Bilinear& model, MatrixView<const double> genes,
                                              MatrixView<const double> perturbations);

}  // namespace cupel::models
