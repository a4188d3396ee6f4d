#include "linalg/products.hpp"
#include "models/entries.hpp"
#include "models/gene_scores.hpp"
#include "models/lookup.hpp"
#include "models/principal_axes.hpp"

// The additive model within the k leading components of the training profiles and their controls,
// centred per gene (A13), Q the projection onto them and m their mean:
// keep-residual  control + Q sum d;   decode-all  m + Q (control - m) + Q sum d.
// With all components both are the additive model.
namespace cupel::models {
namespace {

class LatentAdditive final : public Model {
 public:
  LatentAdditive(const Training& training, const Settings& settings)
      : training_(&training),
        additive_(fit_model(
            "additive", training,
            {{"weighting", settings.text("weighting")}, {"missing", settings.text("missing")}})),
        axes_(principal_axes(profiles_with_controls(training).view(), settings.whole("k"),
                             *training.algebra)),
        decodes_all_(settings.one_of("form", {"keep-residual", "decode-all"}) == 1) {}

  [[nodiscard]] Prediction predict(std::span<const Condition> asked) const override {
    Prediction prediction = additive_->predict(asked);
    const auto within = projected(prediction.delta.view());
    if (!decodes_all_) {
      prediction.delta = projected(prediction.delta.view());
      return prediction;
    }
    auto from_mean = make_host_matrix<double>(within.rows(), within.cols());
    for (std::int64_t i = 0; i < within.rows(); ++i) {
      const double* control = control_of(asked[static_cast<std::size_t>(i)]);
      for (std::int64_t gene = 0; gene < within.cols(); ++gene) {
        from_mean.view()(i, gene) = control[gene] - axes_.mean[static_cast<std::size_t>(gene)];
      }
    }
    const auto decoded = projected(from_mean.view());
    for (std::int64_t i = 0; i < within.view().size(); ++i) {
      prediction.delta.view().data[i] =
          within.view().data[i] + decoded.view().data[i] - from_mean.view().data[i];
    }
    return prediction;
  }

 private:
  [[nodiscard]] Matrix<double> projected(MatrixView<const double> rows) const {
    return multiply_transposed(multiply(rows, axes_.axes.view()).view(), axes_.axes.view());
  }
  [[nodiscard]] const double* control_of(const Condition& condition) const {
    return training_->control.view().row(control_row(*training_, condition.context));
  }

  const Training* training_;
  std::unique_ptr<Model> additive_;
  PrincipalAxes axes_;
  bool decodes_all_;
};

}  // namespace

ModelEntry latent_additive_entry() {
  return {"latent_additive",
          "the sum of members' effects within leading components of the training profiles",
          additive_entry().chain,
          {{"k", "20", "components"},
           {"form", "keep-residual", "keep-residual (of the control) or decode-all"},
           kWeightingSetting,
           kMissingSetting},
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            return std::make_unique<LatentAdditive>(training, settings);
          }};
}

}  // namespace cupel::models
