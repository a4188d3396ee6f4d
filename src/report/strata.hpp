#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cupel/matrix.hpp"
#include "uncertainty/bootstrap.hpp"

// Statistics of perturbations that lie in several contexts, each resampled by itself.
namespace cupel {

// One statistic per column of a context's perturbations × columns (host): the mean of the values
// that are not NaN, or, where `below` is there, the sum of `above` over that of `below`, over rows
// that have both.
struct Columns {
  Matrix<double> above;
  Matrix<double> below;  // the same shape, or empty
};

// The same columns in every context. A scope is a list of contexts; its statistic is the mean of
// the contexts' own.
class Strata {
 public:
  // `resamples` are the contexts' and must outlive this. Rows of a ratio with a NaN on one side get
  // it on the other.
  Strata(std::vector<Columns> contexts, std::span<const Resamples> resamples);

  using Scope = std::span<const std::size_t>;

  [[nodiscard]] const Columns& context(std::size_t context) const { return contexts_[context]; }

  // draws × columns.
  [[nodiscard]] Matrix<double> draws(Scope scope) const;

  // `draws` is the scope's.
  [[nodiscard]] Estimate estimate(Scope scope, std::int64_t column, MatrixView<const double> draws,
                                  const IntervalOptions& options) const;

  // What each perturbation adds to the scope's statistic, context after context; NaN for one
  // without a value. They sum to the statistic.
  [[nodiscard]] std::vector<double> parts(Scope scope, std::int64_t column) const;

 private:
  // What a context's statistic is divided by: how many values, or the sum of `below`.
  [[nodiscard]] double divisor(std::size_t context, std::int64_t column) const;

  std::vector<Columns> contexts_;
  std::vector<Matrix<double>> draws_;  // by context
};

}  // namespace cupel
