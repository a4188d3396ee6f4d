#include <algorithm>

#include "models/entries.hpp"
#include "models/second_half_model.hpp"

// The condition measured again: the mean of a second half of its own cells, for a truth that is the
// first (A14). No prediction but a positive control: how well can anything score here?
namespace cupel::models {
namespace {

class TechnicalDuplicate final : public SecondHalfModel {
 public:
  using SecondHalfModel::SecondHalfModel;

 protected:
  void write(const Condition&, std::int64_t half, double* delta) const override {
    std::copy_n(halves().delta.view().row(half), halves().delta.cols(), delta);
  }
};

}  // namespace

ModelEntry technical_duplicate_entry() {
  return {"technical_duplicate",
          "ceiling, sees held-out cells: the mean of half of the condition's own cells",
          {Rung::kReplicate, Rung::kNone},
          {},
          [](const Training& training, const Settings&) -> std::unique_ptr<Model> {
            return std::make_unique<TechnicalDuplicate>(training);
          },
          Sees::kSecondHalves};
}

}  // namespace cupel::models
