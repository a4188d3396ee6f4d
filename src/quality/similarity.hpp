#pragma once
#include <cstdint>
#include <vector>

#include "quality/rows.hpp"

// How alike the perturbations of a data set are (benchmarks.md 1.2, 2.7).
namespace cupel::quality {

// Scalar products of all pairs of rows: rows × rows, symmetric.
[[nodiscard]] Matrix<double> scalar_products(MatrixView<const double> rows);

// Systema's systematic variation: the cosine of each perturbation's shift from the control with the
// mean of all shifts. Where it is high, a score relative to the control mostly rewards the shift
// that all perturbations share, so it belongs beside every such score.
struct SystematicVariation {
  std::vector<Score> cosine;   // per perturbation
  std::vector<double> length;  // of each shift
  Score mean;                  // over the cosines that are defined
};
[[nodiscard]] SystematicVariation systematic_variation(MatrixView<const double> shifts);

enum class Similarity : std::uint8_t { kCosine, kPearson };

// All pairs of profiles. A high median means that there is little that is specific to predict; a
// prediction's should match the truth's.
struct PairwiseSimilarity {
  std::vector<double> pairs;  // (0, 1), (0, 2), ..., (1, 2), ...; NaN where a profile has no length
  Score mean;
  Score median;
  std::int64_t undefined = 0;
};
[[nodiscard]] PairwiseSimilarity pairwise_similarity(MatrixView<const double> profiles,
                                                     Similarity similarity);

}  // namespace cupel::quality
