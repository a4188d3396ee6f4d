#include <algorithm>

#include "linalg/products.hpp"
#include "models/entries.hpp"
#include "models/lookup.hpp"

// A combination as kappa times the sum of its members' effects. Kappa is 1 (A6 a), or <Y, S> /
// <S, S> over the training combinations Y whose members are all known, S their sums (A6 c); without
// such combinations it is 1, too.
namespace cupel::models {
namespace {

double fitted_kappa(const Training& training, const Lookup& lookup, Weighting weighting) {
  std::vector<std::int64_t> combos;
  for (const auto row : lookup.all()) {
    const auto& members = training.conditions[static_cast<std::size_t>(row)].perturbations;
    const bool known = std::ranges::all_of(members, [&](const std::string& one) {
      return !lookup.find(make_condition("", {one})).empty();
    });
    if (members.size() > 1 && known) combos.push_back(row);
  }
  auto sums = no_weights(combos.size(), training);
  for (std::size_t i = 0; i < combos.size(); ++i) {
    static_cast<void>(add_members(
        training, lookup, training.conditions[static_cast<std::size_t>(combos[i])], weighting,
        Missing::kZero, 1.0, sums.of_training.view().row(static_cast<std::int64_t>(i))));
  }
  const auto additive = multiply(sums.of_training.view(), training.delta.view());
  double together = 0.0;
  double own = 0.0;
  for (std::size_t i = 0; i < combos.size(); ++i) {
    const double* s = additive.view().row(static_cast<std::int64_t>(i));
    const double* y = training.delta.view().row(combos[i]);
    for (std::int64_t gene = 0; gene < additive.cols(); ++gene) {
      together += s[gene] * y[gene];
      own += s[gene] * s[gene];
    }
  }
  return own > 0.0 ? together / own : 1.0;
}

class Additive final : public Smoother {
 public:
  Additive(const Training& training, const Settings& settings, bool scaled)
      : Smoother(training),
        lookup_(training),
        weighting_(weighting_of(settings)),
        missing_(missing_of(settings)),
        kappa_(scaled ? fitted_kappa(training, lookup_, weighting_) : 1.0) {}

  [[nodiscard]] Weights weights(std::span<const Condition> asked) const override {
    Weights result = no_weights(asked.size(), training());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const double factor = asked[i].perturbations.size() > 1 ? kappa_ : 1.0;
      result.rung[i] = add_members(training(), lookup_, asked[i], weighting_, missing_, factor,
                                   result.of_training.view().row(static_cast<std::int64_t>(i)));
    }
    return result;
  }

 private:
  Lookup lookup_;
  Weighting weighting_;
  Missing missing_;
  double kappa_;
};

ModelEntry additive_row(std::string_view name, std::string_view summary,
                        std::unique_ptr<Model> (*fit)(const Training&, const Settings&)) {
  return {name,
          summary,
          {Rung::kExact, Rung::kOtherContext, Rung::kComposed, Rung::kPartComposed, Rung::kGlobal,
           Rung::kNoChange},
          {kWeightingSetting, kMissingSetting},
          fit};
}

}  // namespace

ModelEntry additive_entry() {
  return additive_row(
      "additive", "the sum of the effects of a combination's members",
      [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
        return std::make_unique<Additive>(training, settings, false);
      });
}

ModelEntry scaled_additive_entry() {
  return additive_row(
      "scaled_additive",
      "the sum of the members' effects, scaled by what training combinations show",
      [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
        return std::make_unique<Additive>(training, settings, true);
      });
}

}  // namespace cupel::models
