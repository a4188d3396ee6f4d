#pragma once
#include "models/training.hpp"

namespace cupel::models {

// Coordinates of genes along the k leading components of genes × (training conditions and their
// contexts' controls), each condition's profile centred over genes: U·S, so that they carry the
// singular values (A7 `scores`). Genes × k.
[[nodiscard]] Matrix<double> gene_scores(const Training& training, std::int64_t k);

// Absolute profiles of the training conditions, before them the control of each context that has
// a training condition, in the order of Training::contexts.
[[nodiscard]] Matrix<double> profiles_with_controls(const Training& training);
// The row among those of each training condition's control.
[[nodiscard]] std::vector<std::int64_t> used_controls(const Training& training);

}  // namespace cupel::models
