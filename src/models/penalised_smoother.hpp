#pragma once
#include "models/feature_smoother.hpp"
#include "models/kernel_path.hpp"

namespace cupel::models {

// A regression on features of which one fit serves every penalty: what sweeps over penalties use.
class PenalisedSmoother : public FeatureSmoother {
 public:
  PenalisedSmoother(const Training& training, const Settings& settings)
      : FeatureSmoother(training, settings) {}

  [[nodiscard]] virtual const KernelPath& path() const = 0;
  // Along path(), of conditions that have features: their coordinates, asked × r.
  [[nodiscard]] virtual Matrix<double> coordinates(MatrixView<const double> x,
                                                   std::span<const Condition> asked) const = 0;
};

// The settings `lambda` and `lambda-unit`: all that one fit is shared by.
[[nodiscard]] double penalty_of(const Settings& settings, const KernelPath& path);
inline constexpr Setting kLambdaSetting{"lambda", "1", "the penalty"};

}  // namespace cupel::models
