#pragma once
#include <cstdint>
#include <span>

#include "cupel/matrix.hpp"

namespace cupel::models {

enum class NeighbourMetric : std::uint8_t { kEuclidean, kCosine, kTanimoto };
enum class NeighbourWeight : std::uint8_t { kUniform, kInverse, kSoftmax };

struct NeighbourChoices {
  std::int64_t k = 5;
  NeighbourMetric metric = NeighbourMetric::kEuclidean;
  NeighbourWeight weight = NeighbourWeight::kUniform;
  double tau = 1.0;  // of kSoftmax: exp(-distance / tau)
};

// Euclidean distance; 1 - cosine (1 where a row is zero); 1 - Tanimoto.
[[nodiscard]] Matrix<double> neighbour_distances(NeighbourMetric metric, MatrixView<const double> a,
                                                 MatrixView<const double> b);

// Writes weights over `candidates` that sum to 1: the k at the least distance, equal ones by lower
// index. Inverse weights: rows at distance 0, if any, share all.
void neighbour_weights(const double* distance, std::span<const std::int64_t> candidates,
                       const NeighbourChoices& choices, double* weights);

}  // namespace cupel::models
