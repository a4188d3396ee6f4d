#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cupel/backend.hpp"
#include "cupel/math/effect_scores.hpp"
#include "linalg/algebra.hpp"

// Scores of predicted effects from inner products alone. Mean squared error, Pearson and cosine of
// deltas and the discrimination of perturbations by L2 and cosine are functions of <p, y>, <p, p>
// and sums over genes; so a model whose predictions are sums of training profiles is scored without
// making any (performance.md 3 vi).
namespace cupel::sweep {

// True effects: all that scores need of them.
struct Truth {
  Matrix<double> products;  // n × n
  std::vector<double> sum;  // over genes
  std::int64_t genes = 0;
  // Among which rows a prediction is to be discriminated: a set per row. Empty: all rows are one.
  std::vector<std::int32_t> candidates = {};
};
[[nodiscard]] Truth make_truth(MatrixView<const double> delta,
                               const Algebra& algebra = host_algebra());
// Of some of the rows alone.
[[nodiscard]] Truth part_of(const Truth& truth, std::span<const std::int64_t> rows);

// The parts of a path that are the truth's. The truth must outlive it.
void set_truth(const Truth& truth, PenaltyPath& path);
// Numbers as the one row of a matrix. They must outlive it.
[[nodiscard]] MatrixView<const double> one_row(std::span<const double> values);
// So many settings of `rows` scores each take little memory.
[[nodiscard]] std::int64_t settings_at_once(std::int64_t rows);

// Predictions, each of one row of the truth.
struct Products {
  std::vector<std::int64_t> row;      // of the truth that each predicts
  Matrix<double> with_truth;          // predictions × n
  std::vector<double> squared_error;  // |p - y|²
  std::vector<double> squared_norm;   // |p|²
  std::vector<double> sum;            // over genes
};

// Of one prediction.
using Scores = math::EffectScores;

// Discrimination is 1 - rank / (n - 1) of the true effect among those of the n candidates by
// distance from the prediction, equal distances counting half (cell-eval.md 3.11-3.13). A zero
// profile is at cosine 0 to all. Scores are written in the predictions' order.
void score(const Products& predictions, const Truth& truth, std::span<Scores> scores);

// Means over the predictions that have the score, and how many lack one of them.
struct MeanScores {
  Scores mean;
  std::int64_t predictions = 0, without_prediction = 0, without_pearson = 0;
};
[[nodiscard]] MeanScores mean_of(std::span<const Scores> scores);

// Predictions as weights over the truth's own rows (predictions × n), as models::Smoother gives
// them once their columns stand at the rows of the truth.
[[nodiscard]] Products products_of_weights(MatrixView<const double> weights,
                                           std::vector<std::int64_t> rows, const Truth& truth,
                                           const Algebra& algebra = host_algebra());
// Predictions as they are, for models that are no such sums.
[[nodiscard]] Products products_of_profiles(MatrixView<const double> predicted,
                                            std::vector<std::int64_t> rows,
                                            MatrixView<const double> delta,
                                            const Algebra& algebra = host_algebra());

}  // namespace cupel::sweep
