#include "models/entries.hpp"
#include "models/lookup.hpp"

// A combination as the sum of its members' effects (A6 a).
namespace cupel::models {
namespace {

class Additive final : public Smoother {
 public:
  Additive(const Training& training, Weighting weighting, Missing missing)
      : Smoother(training), lookup_(training), weighting_(weighting), missing_(missing) {}

  [[nodiscard]] Weights weights(std::span<const Condition> asked) const override {
    Weights result = no_weights(asked.size(), training());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      result.rung[i] = add_members(training(), lookup_, asked[i], weighting_, missing_, 1.0,
                                   result.of_training.view().row(static_cast<std::int64_t>(i)));
    }
    return result;
  }

 private:
  Lookup lookup_;
  Weighting weighting_;
  Missing missing_;
};

}  // namespace

ModelEntry additive_entry() {
  return {"additive",
          "the sum of the effects of a combination's members",
          {Rung::kExact, Rung::kOtherContext, Rung::kComposed, Rung::kPartComposed, Rung::kGlobal,
           Rung::kNoChange},
          {kWeightingSetting, kMissingSetting},
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            return std::make_unique<Additive>(training, weighting_of(settings),
                                              missing_of(settings));
          }};
}

}  // namespace cupel::models
