#pragma once
#include "models/features.hpp"

namespace cupel::models {

// What regressions on features share: training conditions without features take no part in the
// fit, and asked ones without features get the fallback.
class FeatureSmoother : public Smoother {
 public:
  // Throws Error(kInput) when no training condition has features.
  FeatureSmoother(const Training& training, const Settings& settings);

  [[nodiscard]] Weights weights(std::span<const Condition> asked) const final;
  // Which of the conditions asked for have features, with these.
  struct Known {
    std::vector<std::int64_t> rows;
    std::vector<Condition> conditions;
    Matrix<double> x;
  };
  [[nodiscard]] Known known(std::span<const Condition> asked) const;
  // Whether the features of a condition are the same whichever others are trained on, but for
  // their standardisation.
  [[nodiscard]] bool has_fixed_features() const { return fixed_; }
  // Training conditions in the fit, and their features.
  [[nodiscard]] std::span<const std::int64_t> fitted() const { return fitted_; }
  [[nodiscard]] MatrixView<const double> x() const { return x_.view(); }
  [[nodiscard]] std::vector<double> fitted_weights() const;
  [[nodiscard]] Condition const& condition(std::int64_t fitted_row) const;
  // Deltas of the conditions in the fit.
  [[nodiscard]] Matrix<double> fitted_delta() const;

 protected:
  // Weights over the fitted conditions for features of conditions that are known.
  [[nodiscard]] virtual Matrix<double> weights_of(MatrixView<const double> x,
                                                  std::span<const Condition> asked) const = 0;

 private:
  FeatureSpace space_;
  Fallback fallback_;
  bool fixed_;
  std::vector<double> row_weights_;
  std::vector<std::int64_t> fitted_;
  Matrix<double> x_;
};

// Settings of every such model, then its own.
[[nodiscard]] std::vector<Setting> with_feature_settings(std::vector<Setting> own);

}  // namespace cupel::models
