#include "models/entries.hpp"
#include "models/features.hpp"
#include "models/kernel_path.hpp"

// Effects of single perturbations fitted to all training conditions at once, so that one seen only
// within combinations has one too: ridge on the members, without intercept, conditions weighing as
// their cells (A6 b).
namespace cupel::models {
namespace {

FeatureChoices plain() {
  FeatureChoices choices;
  choices.standardise = false;
  return choices;
}

class FittedAdditive final : public Smoother {
 public:
  FittedAdditive(const Training& training, const Settings& settings)
      : Smoother(training),
        space_(training,
               settings.one_of("contexts", {"no", "yes"}) == 1 ? "one-hot,context" : "one-hot",
               plain()),
        fallback_(fallback_of(settings)),
        weights_(row_weights(training, settings.number("weight-power"))),
        path_(KernelPath::of_features(space_.rows(training.conditions).values.view(), weights_,
                                      Intercept::kNone, *training.algebra)),
        penalty_(settings.number("lambda")) {}

  [[nodiscard]] Weights weights(std::span<const Condition> asked) const override {
    const FeatureRows rows = space_.rows(asked);
    auto result =
        with_fallback(path_.weights(path_.coordinates(rows.values.view()).view(), penalty_),
                      rows.known, fallback_, path_.share());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (rows.known[i] != 0) result.rung[i] = Rung::kComposed;
    }
    return result;
  }

 private:
  FeatureSpace space_;
  Fallback fallback_;
  std::vector<double> weights_;
  KernelPath path_;
  double penalty_;
};

}  // namespace

ModelEntry fitted_additive_entry() {
  return {"fitted_additive",
          "the sum of members' effects, fitted to singles and combinations together",
          {Rung::kComposed, Rung::kGlobal, Rung::kNoChange, Rung::kNone},
          {{"lambda", "0", "the penalty; 0: the shortest least-squares solution"},
           {"contexts", "no", "yes: an effect of each context too"},
           {"weight-power", "1", kWeightPowerSetting.meaning},
           kFallbackSetting},
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            return std::make_unique<FittedAdditive>(training, settings);
          }};
}

}  // namespace cupel::models
