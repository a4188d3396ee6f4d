#include "models/entries.hpp"
#include "models/penalised_smoother.hpp"

// Ridge regression of effects on features, with an intercept that is not penalised (A8).
namespace cupel::models {
namespace {

class Ridge final : public PenalisedSmoother {
 public:
  Ridge(const Training& training, const Settings& settings)
      : PenalisedSmoother(training, settings),
        path_(KernelPath::of_features(x(), fitted_weights(), Intercept::kCentredKernel,
                                      *training.algebra)),
        penalty_(penalty_of(settings, path_)) {}

  [[nodiscard]] const KernelPath& path() const override { return path_; }
  [[nodiscard]] Matrix<double> coordinates(MatrixView<const double> x,
                                           std::span<const Condition>) const override {
    return path_.coordinates(x);
  }

 protected:
  [[nodiscard]] Matrix<double> weights_of(MatrixView<const double> x,
                                          std::span<const Condition> asked) const override {
    return path_.weights(coordinates(x, asked).view(), penalty_);
  }

 private:
  KernelPath path_;
  double penalty_;
};

}  // namespace

double penalty_of(const Settings& settings, const KernelPath& path) {
  const bool in_diagonals = settings.one_of("lambda-unit", {"one", "mean-diagonal"}) == 1;
  return settings.number("lambda") * (in_diagonals ? path.mean_diagonal() : 1.0);
}

ModelEntry ridge_entry() {
  return {"ridge",
          "ridge regression of effects on features",
          {Rung::kFeatures, Rung::kGlobal, Rung::kNoChange, Rung::kNone},
          with_feature_settings(
              {kLambdaSetting,
               {"lambda-unit", "one",
                "in units of one, or of the mean-diagonal of the features' products"}}),
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            return std::make_unique<Ridge>(training, settings);
          }};
}

}  // namespace cupel::models
