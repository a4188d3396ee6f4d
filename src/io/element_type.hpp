#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace cupel::io {

enum class ElementType : std::uint8_t {
  kI8,
  kI16,
  kI32,
  kI64,
  kU8,
  kU16,
  kU32,
  kU64,
  kF16,
  kF32,
  kF64
};

[[nodiscard]] constexpr std::int64_t bytes_of(ElementType type) {
  switch (type) {
    case ElementType::kI8:
    case ElementType::kU8:
      return 1;
    case ElementType::kI16:
    case ElementType::kU16:
    case ElementType::kF16:
      return 2;
    case ElementType::kI32:
    case ElementType::kU32:
    case ElementType::kF32:
      return 4;
    case ElementType::kI64:
    case ElementType::kU64:
    case ElementType::kF64:
      break;
  }
  return 8;
}

[[nodiscard]] constexpr bool is_float(ElementType type) { return type >= ElementType::kF16; }

// "int8", ..., "float64".
[[nodiscard]] constexpr std::string_view name_of(ElementType type) {
  constexpr std::string_view kNames[] = {"int8",    "int16",   "int32",  "int64",
                                         "uint8",   "uint16",  "uint32", "uint64",
                                         "float16", "float32", "float64"};
  return kNames[static_cast<std::size_t>(type)];
}

// The numbers of a dataset.
struct NumberType {
  ElementType element = ElementType::kF32;  // as they are delivered
  bool is_bool = false;                     // an enumeration of FALSE and TRUE

  [[nodiscard]] std::string name() const {
    return is_bool ? "bool" : std::string(name_of(element));
  }
};

}  // namespace cupel::io
