#include "models/entries.hpp"
#include "models/lookup.hpp"

// A combination as the mean, not the sum, of its members' profiles; a member that is not in
// training counts with the mean of all conditions (A5).
namespace cupel::models {
namespace {

class MatchingMean final : public Smoother {
 public:
  MatchingMean(const Training& training, Weighting weighting)
      : Smoother(training), lookup_(training), weighting_(weighting) {}

  [[nodiscard]] Weights weights(std::span<const Condition> asked) const override {
    Weights result = no_weights(asked.size(), training());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const auto& members = asked[i].perturbations;
      double* row = result.of_training.view().row(static_cast<std::int64_t>(i));
      std::int64_t known = 0;
      auto rung = Rung::kNoChange;
      for (std::size_t k = 0; k < members.size(); ++k) {
        rung = add_single(training(), lookup_, member_of(asked[i], k), weighting_, Missing::kGlobal,
                          1.0 / static_cast<double>(members.size()), row);
        if (rung != Rung::kGlobal) ++known;
      }
      if (members.size() > 1) {
        rung = known == 0                     ? Rung::kGlobal
               : known == std::ssize(members) ? Rung::kComposed
                                              : Rung::kPartComposed;
      }
      result.rung[i] = rung;
    }
    return result;
  }

 private:
  Lookup lookup_;
  Weighting weighting_;
};

}  // namespace

ModelEntry matching_mean_entry() {
  return {"matching_mean",
          "the mean of a combination's members",
          {Rung::kExact, Rung::kOtherContext, Rung::kComposed, Rung::kPartComposed, Rung::kGlobal},
          {kWeightingSetting},
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            return std::make_unique<MatchingMean>(training, weighting_of(settings));
          }};
}

}  // namespace cupel::models
