#pragma once
#include <optional>

#include "io/hdf5/dataset.hpp"
#include "io/narrow.hpp"

namespace cupel::io {

// The value type that all values read so far needed: guessed from a first piece, widened when a
// value does not fit, remembered for the next read.
class ValueTypeChoice {
 public:
  explicit ValueTypeChoice(const Dataset& values) : values_(&values) {}

  [[nodiscard]] ValueType get() const { return type_.value_or(ValueType::kU16); }
  // Integers are told from the rest well enough by a few of them; later ones can only widen.
  void guess(const std::byte* values, std::int64_t n);
  [[nodiscard]] bool is_known() const { return type_.has_value(); }
  // Throws Error(kInput) when there is no wider type.
  void widen();

 private:
  const Dataset* values_;
  std::optional<ValueType> type_;
};

}  // namespace cupel::io
