#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "quality/rows.hpp"

namespace cupel::quality {

// Are two classes of perturbations told apart by which class's mean true profile a prediction is
// nearer to (Systema)? The score of a prediction is its mean squared distance to the prototype of
// class 0 less that to the prototype of class 1; the area is the ROC area of the scores.
struct PhenotypeSeparation {
  std::vector<Score> score;
  Score auc;  // undefined where all perturbations are of one class
};
[[nodiscard]] PhenotypeSeparation phenotype_separation(MatrixView<const double> predictions,
                                                       Row prototype1, Row prototype0,
                                                       std::span<const std::uint8_t> label);

}  // namespace cupel::quality
