#include "models/training.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "cupel/error.hpp"
#include "models/row_copies.hpp"

namespace cupel::models {
namespace {

[[noreturn]] void refuse_training(const std::string& message) {
  throw Error(ErrorKind::kInput, message);
}

void check_finite(MatrixView<const double> matrix, const char* what) {
  for (std::int64_t i = 0; i < matrix.size(); ++i) {
    if (!std::isfinite(matrix.data[i])) {
      refuse_training(
          fmt::format("{} of the training data: row {} holds a value that is not finite", what,
                      i / matrix.cols));
    }
  }
}

void check_halves(const SecondHalves& halves, std::int64_t genes) {
  const auto n = std::ssize(halves.conditions);
  const auto fits = [&](const Matrix<double>& matrix) {
    return matrix.rows() == n && (n == 0 || matrix.cols() == genes);
  };
  if (!fits(halves.delta) || (halves.p_adj.rows() > 0 && !fits(halves.p_adj))) {
    refuse_training("second halves and their conditions differ in number");
  }
  check_finite(halves.delta.view(), "second halves");
  auto sorted = halves.conditions;
  std::ranges::sort(sorted);
  const auto twin = std::ranges::adjacent_find(sorted);
  if (twin != sorted.end()) {
    refuse_training(
        fmt::format("two of the conditions asked for are {} in context '{}' to a model, which "
                    "reads doses as numbers",
                    fmt::join(twin->perturbations, "+"), twin->context));
  }
}

}  // namespace

void check_training(const Training& training) {
  const auto n = training.conditions.size();
  if (n == 0) refuse_training("there is no training condition");
  if (static_cast<std::size_t>(training.delta.rows()) != n || training.weight.size() != n ||
      static_cast<std::size_t>(training.control.rows()) != training.contexts.size()) {
    refuse_training("profiles, weights and names of the training data differ in number");
  }
  if ((!training.genes.empty() && std::ssize(training.genes) != training.delta.cols()) ||
      (training.control.rows() > 0 && training.control.cols() != training.delta.cols())) {
    refuse_training("the genes of the training data differ in number");
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (!(training.weight[i] > 0.0) || !std::isfinite(training.weight[i])) {
      refuse_training(fmt::format("training condition {} has weight {}", i, training.weight[i]));
    }
    const auto& names = training.conditions[i].perturbations;
    if (names.empty()) refuse_training(fmt::format("training condition {} has no perturbation", i));
    if (!std::ranges::is_sorted(names)) {
      refuse_training(fmt::format("the perturbations of training condition {} are not sorted", i));
    }
    const auto& doses = training.conditions[i].doses;
    if (!doses.empty() && doses.size() != names.size()) {
      refuse_training(fmt::format("training condition {} has {} perturbations and {} doses", i,
                                  names.size(), doses.size()));
    }
  }
  check_finite(training.delta.view(), "deltas");
  check_finite(training.control.view(), "controls");
  if (training.second_halves) check_halves(*training.second_halves, training.delta.cols());
}

std::int64_t control_row(const Training& training, const std::string& context) {
  const auto found = std::ranges::find(training.contexts, context);
  if (found == training.contexts.end()) {
    refuse_training(fmt::format(
        "context '{}' has no control cells, so nothing can be predicted there", context));
  }
  return found - training.contexts.begin();
}

Training subset(const Training& training, std::span<const std::int64_t> rows) {
  Training part;
  part.genes = training.genes;
  part.delta = rows_of(training.delta.view(), rows);
  for (const std::int64_t row : rows) {
    part.conditions.push_back(training.conditions[static_cast<std::size_t>(row)]);
    part.weight.push_back(training.weight[static_cast<std::size_t>(row)]);
  }
  part.contexts = training.contexts;
  part.control = copy_of(training.control.view());
  for (const auto& [name, table] : training.tables) {
    part.tables.emplace(name, FeatureTable{table.row, copy_of(table.values.view())});
  }
  part.algebra = training.algebra;
  return part;
}

Matrix<double> add_controls(MatrixView<const double> delta, std::span<const Condition> conditions,
                            const Training& training) {
  auto result = copy_of(delta);
  for (std::int64_t i = 0; i < delta.rows; ++i) {
    const auto at = control_row(training, conditions[static_cast<std::size_t>(i)].context);
    const double* control = training.control.view().row(at);
    for (std::int64_t gene = 0; gene < delta.cols; ++gene) result.view()(i, gene) += control[gene];
  }
  return result;
}

}  // namespace cupel::models
