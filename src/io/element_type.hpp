#pragma once
#include <hdf5.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "io/errors.hpp"

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

// The numbers of a dataset, as the file has them.
struct NumberType {
  ElementType element = ElementType::kF32;  // what they are read as
  bool is_bool = false;                     // an enumeration of FALSE and TRUE
  bool as_stored = true;  // the file's bytes are this machine's; else libhdf5 has to convert them
  std::string name;       // "float32", "bool"
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
[[nodiscard]] std::string_view name_of(ElementType type);

// True, and `out` filled, if the HDF5 type is a number that we can hold exactly.
[[nodiscard]] bool describe_number(hid_t type, NumberType& out);

// The same for the type of a dataset; throws naming what it is instead.
[[nodiscard]] NumberType number_type(hid_t dataset, const Where& where);

// A new id of the matching memory type.
[[nodiscard]] hid_t make_memory_type(ElementType type);

}  // namespace cupel::io
