#include "models/entries.hpp"
#include "models/lookup.hpp"

// One effect for every perturbation: the mean over training conditions, each measured from its
// own context's control and added to the control of the context asked for (A2).
namespace cupel::models {
namespace {

class PerturbedMean final : public Smoother {
 public:
  PerturbedMean(const Training& training, Weighting weighting)
      : Smoother(training), lookup_(training), weighting_(weighting) {}

  [[nodiscard]] Weights weights(std::span<const Condition> asked) const override {
    Weights result = no_weights(asked.size(), training());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      add_mean(training(), lookup_.all(), weighting_, 1.0,
               result.of_training.view().row(static_cast<std::int64_t>(i)));
      result.rung[i] = Rung::kGlobal;
    }
    return result;
  }

 private:
  Lookup lookup_;
  Weighting weighting_;
};

}  // namespace

ModelEntry perturbed_mean_entry() {
  return {"perturbed_mean",
          "the mean effect of all training conditions",
          {Rung::kGlobal},
          {kWeightingSetting},
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            return std::make_unique<PerturbedMean>(training, weighting_of(settings));
          }};
}

}  // namespace cupel::models
