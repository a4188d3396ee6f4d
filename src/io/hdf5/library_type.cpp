#include "io/hdf5/library_type.hpp"

#include <array>
#include <bit>
#include <string>

namespace cupel::io {
namespace {

void describe_integer(hid_t type, Datatype& out) {
  if (out.bytes < 1 || out.bytes > 8) return;
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  const auto rounded = std::bit_ceil(static_cast<std::uint64_t>(out.bytes));
  out.kind = Datatype::Kind::kNumber;
  out.number.element = static_cast<ElementType>((is_signed ? 0 : 4) + std::countr_zero(rounded));
}

void describe_float(hid_t type, Datatype& out) {
  if (out.bytes < 1 || out.bytes > 8) return;
  out.kind = Datatype::Kind::kNumber;
  // Whatever is no plain half or single fits a double.
  const std::size_t exponent_bias = H5Tget_ebias(type);
  out.number.element = out.bytes == 2 && exponent_bias == 15    ? ElementType::kF16
                       : out.bytes == 4 && exponent_bias == 127 ? ElementType::kF32
                                                                : ElementType::kF64;
}

void describe_enumeration(hid_t type, Datatype& out) {
  if (out.bytes != 1 || H5Tget_nmembers(type) != 2) return;
  for (unsigned member = 0; member < 2; ++member) {
    signed char value = -1;
    char* name = H5Tget_member_name(type, member);
    if (name == nullptr) return;
    const std::string text = name;
    H5free_memory(name);
    if (H5Tget_member_value(type, member, &value) < 0) return;
    if (text != (value == 0 ? "FALSE" : "TRUE") || value < 0 || value > 1) return;
  }
  out.kind = Datatype::Kind::kNumber;
  out.number = {ElementType::kU8, true};
}

void describe_record(hid_t type, const Where& where, Datatype& out) {
  out.kind = Datatype::Kind::kRecord;
  for (int member = 0; member < H5Tget_nmembers(type); ++member) {
    const auto index = static_cast<unsigned>(member);
    char* name = H5Tget_member_name(type, index);
    if (name == nullptr) throw damaged(where, "its fields cannot be read");
    Datatype::Field field;
    field.name = name;
    H5free_memory(name);
    field.offset = static_cast<std::int64_t>(H5Tget_member_offset(type, index));
    const Handle member_type(H5Tget_member_type(type, index), H5Tclose);
    field.type = describe_type(member_type.id(), where);
    // libhdf5 does not check, and copies accordingly.
    if (field.offset < 0 || field.offset > out.bytes ||
        field.type.bytes > out.bytes - field.offset) {
      throw damaged(where, "its fields cannot be read");
    }
    out.fields.push_back(std::move(field));
  }
}

}  // namespace

Datatype describe_type(hid_t type, const Where& where) {
  const Hdf5Lock lock;
  Datatype out;
  out.bytes = static_cast<std::int64_t>(H5Tget_size(type));
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      describe_integer(type, out);
      break;
    case H5T_FLOAT:
      describe_float(type, out);
      break;
    case H5T_ENUM:
      describe_enumeration(type, out);
      break;
    case H5T_STRING:
      out.kind = Datatype::Kind::kText;
      out.is_variable_text = H5Tis_variable_str(type) > 0;
      out.is_padded_by_spaces = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
      break;
    case H5T_COMPOUND:
      describe_record(type, where, out);
      break;
    default:
      break;
  }
  return out;
}

Handle memory_type(const NumberType& type) {
  const Hdf5Lock lock;
  if (type.is_bool) {
    // An enumeration reads as itself, but not as a number.
    Handle boolean(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose);
    const std::array<signed char, 2> values{0, 1};
    H5Tenum_insert(boolean.id(), "FALSE", &values[0]);
    H5Tenum_insert(boolean.id(), "TRUE", &values[1]);
    return boolean;
  }
  if (type.element == ElementType::kF16) {
    Handle half(H5Tcopy(H5T_NATIVE_FLOAT), H5Tclose);
    H5Tset_fields(half.id(), 15, 10, 5, 0, 10);
    H5Tset_size(half.id(), 2);
    H5Tset_ebias(half.id(), 15);
    return half;
  }
  const std::array<hid_t, 11> native{H5T_NATIVE_INT8,   H5T_NATIVE_INT16,  H5T_NATIVE_INT32,
                                     H5T_NATIVE_INT64,  H5T_NATIVE_UINT8,  H5T_NATIVE_UINT16,
                                     H5T_NATIVE_UINT32, H5T_NATIVE_UINT64, H5T_NATIVE_FLOAT,
                                     H5T_NATIVE_FLOAT,  H5T_NATIVE_DOUBLE};
  return {H5Tcopy(native[static_cast<std::size_t>(type.element)]), H5Tclose};
}

}  // namespace cupel::io
