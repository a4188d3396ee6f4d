#include "io/value_type_choice.hpp"

namespace cupel::io {

void ValueTypeChoice::guess(const std::byte* values, std::int64_t n) {
  type_ = narrowest(values_->type().number.element, values, n, ValueType::kU16)
              .value_or(ValueType::kF64);
}

void ValueTypeChoice::widen() {
  if (get() == ValueType::kF64) {
    throw not_supported(values_->where(),
                        "holds integers beyond 2^53, which cannot be scored exactly");
  }
  type_ = static_cast<ValueType>(static_cast<int>(get()) + 1);
}

}  // namespace cupel::io
