#include <algorithm>
#include <optional>

#include "models/entries.hpp"
#include "models/kernels.hpp"
#include "models/penalised_smoother.hpp"

// Kernel ridge regression (A9). A kernel of the context's features may multiply that of the
// perturbation's, or be added to it: products predict pairs of both that were never seen.
namespace cupel::models {
namespace {

Kernel kernel_of(const Settings& settings, std::string_view name) {
  return static_cast<Kernel>(settings.one_of(name, {"linear", "rbf", "polynomial", "tanimoto"}));
}

double gamma_of(const Settings& settings, MatrixView<const double> x) {
  const double gamma = settings.number("gamma");
  if (settings.one_of("gamma-unit", {"median", "one"}) == 1) return gamma;
  const double median = median_squared_distance(x);
  return median > 0.0 ? gamma / median : gamma;
}

class KernelRidge final : public PenalisedSmoother {
 public:
  KernelRidge(const Training& training, const Settings& settings)
      : PenalisedSmoother(training, settings),
        kernel_(kernel_of(settings, "kernel")),
        gamma_(gamma_of(settings, x())),
        context_kernel_(kernel_of(settings, "context-kernel")),
        adds_(settings.one_of("combine", {"product", "sum"}) == 1),
        path_(fit(training, settings)),
        penalty_(penalty_of(settings, path_)) {}

  [[nodiscard]] const KernelPath& path() const override { return path_; }
  [[nodiscard]] Matrix<double> coordinates(MatrixView<const double> x,
                                           std::span<const Condition> asked) const override {
    return path_.coordinates(kernel_with(x, asked).view());
  }

 protected:
  [[nodiscard]] Matrix<double> weights_of(MatrixView<const double> x,
                                          std::span<const Condition> asked) const override {
    return path_.weights(coordinates(x, asked).view(), penalty_);
  }

 private:
  KernelPath fit(const Training& training, const Settings& settings) {
    std::vector<Condition> fitted_conditions;
    for (std::int64_t i = 0; i < x().rows; ++i) fitted_conditions.push_back(condition(i));
    if (!settings.text("context-features").empty()) {
      FeatureChoices choices = feature_choices(settings);
      choices.standardise = choices.standardise && context_kernel_ != Kernel::kTanimoto;
      contexts_.emplace(training, settings.text("context-features"), choices);
      context_x_ = contexts_->rows(fitted_conditions).values;
      context_gamma_ = gamma_of(settings, context_x_.view());
    }
    const auto intercept =
        static_cast<Intercept>(settings.one_of("intercept", {"centred", "targets", "none"}));
    return KernelPath::of_kernel(kernel_with(x(), fitted_conditions).view(), fitted_weights(),
                                 intercept, *training.algebra);
  }

  // asked × fitted
  [[nodiscard]] Matrix<double> kernel_with(MatrixView<const double> rows,
                                           std::span<const Condition> asked) const {
    auto result = kernel_matrix(kernel_, rows, x(), gamma_);
    if (!contexts_) return result;
    const auto context_rows = contexts_->rows(asked);
    const auto other = kernel_matrix(context_kernel_, context_rows.values.view(), context_x_.view(),
                                     context_gamma_);
    for (std::int64_t i = 0; i < result.view().size(); ++i) {
      double& value = result.view().data[i];
      value = adds_ ? value + other.view().data[i] : value * other.view().data[i];
    }
    return result;
  }

  Kernel kernel_;
  double gamma_;
  Kernel context_kernel_;
  bool adds_;
  std::optional<FeatureSpace> contexts_;
  Matrix<double> context_x_;
  double context_gamma_ = 0.0;
  KernelPath path_;
  double penalty_;
};

}  // namespace

ModelEntry kernel_ridge_entry() {
  return {"kernel_ridge",
          "kernel ridge regression of effects on features",
          {Rung::kFeatures, Rung::kGlobal, Rung::kNoChange, Rung::kNone},
          with_feature_settings(
              {{"kernel", "rbf", "linear, rbf, polynomial or tanimoto (then not standardised)"},
               {"gamma", "1", "of rbf and polynomial"},
               {"gamma-unit", "median", "in units of one, or of 1 / the median squared distance"},
               {"context-features", "", "blocks of features of the context, with their own kernel"},
               {"context-kernel", "rbf", "the kernel of those"},
               {"combine", "product", "product or sum of the two kernels"},
               {"intercept", "centred", "centred (the kernel), targets (only they) or none"},
               kLambdaSetting,
               {"lambda-unit", "one", "in units of one, or of the kernel's mean-diagonal"}}),
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            if (settings.text("kernel") != "tanimoto") {
              return std::make_unique<KernelRidge>(training, settings);
            }
            auto plain = settings.all();
            plain["standardise"] = "no";
            const auto entry = kernel_ridge_entry();
            return std::make_unique<KernelRidge>(training,
                                                 Settings(entry.name, entry.settings, plain));
          }};
}

}  // namespace cupel::models
