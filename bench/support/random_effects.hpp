#pragma once
#include <random>
#include <vector>

#include "cupel/matrix.hpp"

namespace cupel::bench {

// Effects that share a direction and differ in strength, as perturbation screens do.
inline Matrix<double> random_effects(std::int64_t rows, std::int64_t genes, std::uint64_t seed,
                                     double noise) {
  auto matrix = make_host_matrix<double>(rows, genes);
  std::mt19937_64 shared_rng(7);
  std::mt19937_64 rng(seed);
  std::normal_distribution<double> normal;
  std::vector<double> shared(static_cast<std::size_t>(genes));
  for (double& value : shared) value = 0.3 * normal(shared_rng);
  for (std::int64_t row = 0; row < rows; ++row) {
    const double strength = 0.5 + 0.1 * normal(rng);
    for (std::int64_t gene = 0; gene < genes; ++gene) {
      matrix.view()(row, gene) = strength * shared[static_cast<std::size_t>(gene)] +
                                 noise * static_cast<double>(rng() % 1000) * 1e-3;
    }
  }
  return matrix;
}

}  // namespace cupel::bench
