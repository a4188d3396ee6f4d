#include "models/entries.hpp"
#include "models/lookup.hpp"

// The control of the context, whatever is asked (A1). Correlations of its deltas are undefined.
namespace cupel::models {
namespace {

class NoChange final : public Smoother {
 public:
  using Smoother::Smoother;
  [[nodiscard]] Weights weights(std::span<const Condition> asked) const override {
    Weights result = no_weights(asked.size(), training());
    std::ranges::fill(result.rung, Rung::kNoChange);
    return result;
  }
};

}  // namespace

ModelEntry no_change_entry() {
  return {"no_change",
          "the control of the context",
          {Rung::kNoChange},
          {},
          [](const Training& training, const Settings&) -> std::unique_ptr<Model> {
            return std::make_unique<NoChange>(training);
          }};
}

}  // namespace cupel::models
