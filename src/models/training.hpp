#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cupel/matrix.hpp"
#include "linalg/algebra.hpp"
#include "models/condition.hpp"

namespace cupel::models {

// Rows of numbers by name: an embedding of genes, a drug's fingerprint, a gene's memberships.
struct FeatureTable {
  std::map<std::string, std::int64_t> row;
  Matrix<double> values;  // rows × features
};

// Half of the cells of conditions that are held out (A14): what ceilings are made of, and no model
// that predicts is given.
struct SecondHalves {
  std::vector<Condition> conditions;
  Matrix<double> delta;  // conditions × genes: the half's profile minus the context's control
  Matrix<double> p_adj;  // the same: whether the half tells a gene from other perturbed cells, NaN
                         // where it was not tested; or nothing at all
};

// All a model may learn from. Host memory; it must outlive every model fitted to it.
struct Training {
  std::vector<std::string> genes;     // names of the columns; a model that needs none may have none
  std::vector<Condition> conditions;  // no controls among them
  Matrix<double> delta;               // conditions × genes: profile minus control of the context
  std::vector<double> weight;         // cells per condition
  std::optional<SecondHalves> second_halves = std::nullopt;  // for ceilings alone
  std::vector<std::string> contexts;           // with a control profile, of whatever split
  Matrix<double> control;                      // contexts × genes
  std::map<std::string, FeatureTable> tables;  // what features may be taken from, by name
  const Algebra* algebra = &host_algebra();    // where fits have their products computed
};

// Throws Error(kInput): shapes that do not agree, weights that are not positive, profiles that are
// not finite, a condition without perturbation or whose perturbations are not sorted, two second
// halves of one condition.
void check_training(const Training& training);

// A profile's control, the row of `control`; throws Error(kInput) for a context without one: no
// other context's control may stand in (baselines-splits-audits.md A1).
[[nodiscard]] std::int64_t control_row(const Training& training, const std::string& context);

// The training conditions `rows` alone; controls and tables stay, second halves do not.
[[nodiscard]] Training subset(const Training& training, std::span<const std::int64_t> rows);

// delta + control of each row's context.
[[nodiscard]] Matrix<double> add_controls(MatrixView<const double> delta,
                                          std::span<const Condition> conditions,
                                          const Training& training);

}  // namespace cupel::models
