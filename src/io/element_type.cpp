#include "io/element_type.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>

#include "io/hdf5_handle.hpp"

namespace cupel::io {
namespace {

constexpr std::array<std::string_view, 11> kNames{"int8",    "int16",   "int32",  "int64",
                                                  "uint8",   "uint16",  "uint32", "uint64",
                                                  "float16", "float32", "float64"};

struct FloatFields {
  std::size_t sign = 0, exponent = 0, exponent_bits = 0, mantissa = 0, mantissa_bits = 0, bias = 0;
  bool operator==(const FloatFields&) const = default;
};

constexpr FloatFields kHalf{15, 10, 5, 0, 10, 15};
constexpr FloatFields kSingle{31, 23, 8, 0, 23, 127};
constexpr FloatFields kDouble{63, 52, 11, 0, 52, 1023};

bool describe_integer(hid_t type, NumberType& out) {
  const std::size_t size = H5Tget_size(type);
  if (size == 0 || size > 8 || !std::has_single_bit(size)) return false;
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  const int width = std::countr_zero(size);
  out.element = static_cast<ElementType>((is_signed ? 0 : 4) + width);
  out.as_stored = (size == 1 || H5Tget_order(type) == H5Tget_order(H5T_NATIVE_INT)) &&
                  H5Tget_precision(type) == size * 8 && H5Tget_offset(type) == 0;
  out.name = name_of(out.element);
  return true;
}

bool describe_float(hid_t type, NumberType& out) {
  const std::size_t size = H5Tget_size(type);
  FloatFields fields;
  if (size > 8 || H5Tget_fields(type, &fields.sign, &fields.exponent, &fields.exponent_bits,
                                &fields.mantissa, &fields.mantissa_bits) < 0) {
    return false;
  }
  fields.bias = H5Tget_ebias(type);
  const bool native_order = H5Tget_order(type) == H5Tget_order(H5T_NATIVE_DOUBLE) &&
                            H5Tget_norm(type) == H5T_NORM_IMPLIED;
  const auto is = [&](const FloatFields& layout, std::size_t bytes) {
    return size == bytes && fields == layout;
  };
  out.as_stored = native_order;
  if (is(kHalf, 2)) {
    out.element = ElementType::kF16;
  } else if (is(kSingle, 4)) {
    out.element = ElementType::kF32;
  } else {
    // Whatever is left fits a double, if only by libhdf5's conversion.
    out.element = ElementType::kF64;
    out.as_stored = native_order && is(kDouble, 8);
  }
  out.name = name_of(out.element);
  return true;
}

// h5py's booleans: an enumeration over one byte.
bool describe_bool(hid_t type, NumberType& out) {
  const Handle base(H5Tget_super(type), H5Tclose);
  if (H5Tget_nmembers(type) != 2 || H5Tget_size(type) != 1 || !describe_integer(base.id(), out)) {
    return false;
  }
  for (unsigned member = 0; member < 2; ++member) {
    signed char value = -1;
    char* name = H5Tget_member_name(type, member);
    if (name == nullptr) return false;
    const bool is_true = std::strcmp(name, "TRUE") == 0;
    const bool is_false = std::strcmp(name, "FALSE") == 0;
    H5free_memory(name);
    if (H5Tget_member_value(type, member, &value) < 0) return false;
    if (!(is_true && value == 1) && !(is_false && value == 0)) return false;
  }
  out.element = ElementType::kU8;
  out.as_stored = true;
  out.is_bool = true;
  out.name = "bool";
  return true;
}

std::string_view class_name(H5T_class_t type) {
  switch (type) {
    case H5T_STRING:
      return "text";
    case H5T_COMPOUND:
      return "records";
    case H5T_REFERENCE:
      return "references";
    case H5T_FLOAT:
      return "floating-point numbers wider than 64 bits";
    case H5T_INTEGER:
      return "integers wider than 64 bits";
    default:
      return "values of an unknown type";
  }
}

}  // namespace

std::string_view name_of(ElementType type) { return kNames[static_cast<std::size_t>(type)]; }

bool describe_number(hid_t type, NumberType& out) {
  const Hdf5Lock lock;
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      return describe_integer(type, out);
    case H5T_FLOAT:
      return describe_float(type, out);
    case H5T_ENUM:
      return describe_bool(type, out);
    default:
      return false;
  }
}

NumberType number_type(hid_t dataset, const Where& where) {
  const Hdf5Lock lock;
  const Handle type(H5Dget_type(dataset), H5Tclose);
  if (!type.valid()) throw damaged(where, "its type cannot be read");
  NumberType number;
  if (!describe_number(type.id(), number)) {
    throw not_supported(
        where, fmt::format("holds {}; numbers are needed", class_name(H5Tget_class(type.id()))));
  }
  return number;
}

hid_t make_memory_type(ElementType type) {
  const Hdf5Lock lock;
  if (type == ElementType::kF16) {
    const hid_t half = H5Tcopy(H5T_NATIVE_FLOAT);
    H5Tset_fields(half, kHalf.sign, kHalf.exponent, kHalf.exponent_bits, kHalf.mantissa,
                  kHalf.mantissa_bits);
    H5Tset_size(half, 2);
    H5Tset_ebias(half, kHalf.bias);
    return half;
  }
  const std::array<hid_t, 11> native{H5T_NATIVE_INT8,   H5T_NATIVE_INT16,  H5T_NATIVE_INT32,
                                     H5T_NATIVE_INT64,  H5T_NATIVE_UINT8,  H5T_NATIVE_UINT16,
                                     H5T_NATIVE_UINT32, H5T_NATIVE_UINT64, H5T_NATIVE_FLOAT,
                                     H5T_NATIVE_FLOAT,  H5T_NATIVE_DOUBLE};
  return H5Tcopy(native[static_cast<std::size_t>(type)]);
}

}  // namespace cupel::io
