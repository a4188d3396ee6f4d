#include "models/entries.hpp"
#include "models/lookup.hpp"

// The mean effect of the context's own training conditions (A3); in a context without any, that
// of all.
namespace cupel::models {
namespace {

class ContextMean final : public Smoother {
 public:
  ContextMean(const Training& training, Weighting weighting)
      : Smoother(training), lookup_(training), weighting_(weighting) {}

  [[nodiscard]] Weights weights(std::span<const Condition> asked) const override {
    Weights result = no_weights(asked.size(), training());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      double* row = result.of_training.view().row(static_cast<std::int64_t>(i));
      const auto here = lookup_.in_context(lookup_.all(), asked[i].context);
      if (here.empty()) {
        add_mean(training(), lookup_.all(), weighting_, 1.0, row);
      } else {
        add_mean(training(), here, weighting_, 1.0, row);
      }
      result.rung[i] = here.empty() ? Rung::kGlobal : Rung::kContext;
    }
    return result;
  }

 private:
  Lookup lookup_;
  Weighting weighting_;
};

}  // namespace

ModelEntry context_mean_entry() {
  return {"context_mean",
          "the mean effect of the context's training conditions",
          {Rung::kContext, Rung::kGlobal},
          {{"weighting", "cells", kWeightingSetting.meaning}},
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            return std::make_unique<ContextMean>(training, weighting_of(settings));
          }};
}

}  // namespace cupel::models
