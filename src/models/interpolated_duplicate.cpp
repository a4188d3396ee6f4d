#include <algorithm>

#include "models/entries.hpp"
#include "models/lookup.hpp"
#include "models/second_half_model.hpp"
#include "quality/duplicates.hpp"

// The technical duplicate where it tells a gene from other perturbed cells, else what trains on
// average, which is less noisy (A14; quality/duplicates.hpp). The mean is that of `context_mean`.
namespace cupel::models {
namespace {

std::unique_ptr<Model> training_mean(const Training& training, const Settings& settings) {
  const auto entry = context_mean_entry();
  return entry.fit(training, Settings(entry.name, entry.settings, settings.all()));
}

class InterpolatedDuplicate final : public SecondHalfModel {
 public:
  InterpolatedDuplicate(const Training& training, const Settings& settings)
      : SecondHalfModel(training), mean_(training_mean(training, settings)) {}

 protected:
  void write(const Condition& condition, std::int64_t half, double* delta) const override {
    const auto mean = mean_->predict({&condition, 1});
    const auto row = [](const Matrix<double>& matrix, std::int64_t at) {
      return quality::row_of(matrix.view(), at);
    };
    std::ranges::copy(quality::interpolated_duplicate(row(halves().delta, half), row(mean.delta, 0),
                                                      row(halves().p_adj, half)),
                      delta);
  }

 private:
  std::unique_ptr<Model> mean_;
};

}  // namespace

ModelEntry interpolated_duplicate_entry() {
  return {"interpolated_duplicate",
          "ceiling, sees held-out cells: that half for genes it is sure of, else the training mean",
          {Rung::kReplicate, Rung::kNone},
          {kWeightingSetting},
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            return std::make_unique<InterpolatedDuplicate>(training, settings);
          },
          Sees::kTestedHalves};
}

}  // namespace cupel::models
