#include "models/entries.hpp"
#include "models/feature_smoother.hpp"
#include "models/kernel_path.hpp"

// Ridge regression of effects on features, with an intercept that is not penalised (A8).
namespace cupel::models {
namespace {

class Ridge final : public FeatureSmoother {
 public:
  Ridge(const Training& training, const Settings& settings)
      : FeatureSmoother(training, settings),
        path_(KernelPath::of_features(x(), fitted_weights(), Intercept::kCentredKernel)),
        penalty_(settings.number("lambda") *
                 (settings.one_of("lambda-unit", {"one", "mean-diagonal"}) == 1
                      ? path_.mean_diagonal()
                      : 1.0)) {}

 protected:
  [[nodiscard]] Matrix<double> weights_of(MatrixView<const double> x,
                                          std::span<const Condition>) const override {
    return path_.weights(path_.coordinates(x).view(), penalty_);
  }

 private:
  KernelPath path_;
  double penalty_;
};

}  // namespace

ModelEntry ridge_entry() {
  return {"ridge",
          "ridge regression of effects on features",
          {Rung::kFeatures, Rung::kGlobal, Rung::kNoChange, Rung::kNone},
          with_feature_settings(
              {{"lambda", "1", "the penalty"},
               {"lambda-unit", "one",
                "in units of one, or of the mean-diagonal of the features' products"}}),
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            return std::make_unique<Ridge>(training, settings);
          }};
}

}  // namespace cupel::models
