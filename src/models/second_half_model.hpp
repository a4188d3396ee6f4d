#pragma once
#include <map>
#include <memory>

#include "models/model.hpp"

namespace cupel::models {

// What ceilings share: conditions asked for are found among the second halves, and those that have
// none are not predicted.
class SecondHalfModel : public Model {
 public:
  explicit SecondHalfModel(const Training& training) : training_(&training) {
    for (const auto& condition : training.second_halves->conditions) {
      row_.emplace(condition, static_cast<std::int64_t>(row_.size()));
    }
  }
  [[nodiscard]] Prediction predict(std::span<const Condition> asked) const final;

 protected:
  [[nodiscard]] const SecondHalves& halves() const { return *training_->second_halves; }
  // Writes the effect of the condition whose second half is in this row.
  virtual void write(const Condition& condition, std::int64_t half, double* delta) const = 0;

 private:
  const Training* training_;
  std::map<Condition, std::int64_t> row_;
};

}  // namespace cupel::models
