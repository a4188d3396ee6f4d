#include "io/hdf5/datatype.hpp"

#include <bit>

#include "io/hdf5/bytes.hpp"
#include "io/hdf5/global_heap.hpp"
#include "io/hdf5/object_header.hpp"

namespace cupel::io {
namespace {

enum class Class : std::uint8_t {
  kInteger = 0,
  kFloat = 1,
  kTime = 2,
  kString = 3,
  kBitField = 4,
  kOpaque = 5,
  kRecord = 6,
  kReference = 7,
  kEnumeration = 8,
  kVariable = 9,
  kArray = 10,
};

Datatype read_type(ByteReader& reader, int depth);

// Whether something of `size` bytes has so many bits, from the first on.
bool fills(std::uint64_t offset, std::uint64_t precision, std::int64_t size) {
  return offset == 0 && precision == static_cast<std::uint64_t>(size) * 8;
}

void set_order(bool is_big_endian, Datatype& type) {
  const bool is_native =
      is_big_endian == (std::endian::native == std::endian::big) || type.bytes == 1;
  type.is_big_endian = is_big_endian;
  type.order = is_native ? Datatype::Order::kNative : Datatype::Order::kSwapped;
}

void read_integer(ByteReader& reader, std::uint64_t bits, Datatype& type) {
  const auto offset = reader.number(2);
  const auto precision = reader.number(2);
  if (type.bytes < 1 || type.bytes > 8) return;
  const bool is_signed = (bits & 8) != 0;
  const auto rounded = std::bit_ceil(static_cast<std::uint64_t>(type.bytes));
  type.kind = Datatype::Kind::kNumber;
  type.number.element = static_cast<ElementType>((is_signed ? 0 : 4) + std::countr_zero(rounded));
  set_order((bits & 1) != 0, type);
  if (!fills(offset, precision, type.bytes) || bytes_of(type.number.element) != type.bytes) {
    type.order = Datatype::Order::kOther;
  }
}

struct FloatLayout {
  std::int64_t bytes;
  std::uint64_t exponent, exponent_bits, mantissa_bits, bias;
};

void read_float(ByteReader& reader, std::uint64_t bits, Datatype& type) {
  constexpr FloatLayout kHalf{2, 10, 5, 10, 15};
  constexpr FloatLayout kSingle{4, 23, 8, 23, 127};
  constexpr FloatLayout kDouble{8, 52, 11, 52, 1023};
  const auto offset = reader.number(2);
  const auto precision = reader.number(2);
  const auto exponent = reader.number(1);
  const auto exponent_bits = reader.number(1);
  const auto mantissa = reader.number(1);
  const auto mantissa_bits = reader.number(1);
  const auto bias = reader.number(4);
  if (type.bytes < 1 || type.bytes > 8) return;
  const auto sign = bits >> 8 & 0xff;
  const auto normalisation = bits >> 4 & 3;
  const auto is = [&](const FloatLayout& layout) {
    return type.bytes == layout.bytes && fills(offset, precision, type.bytes) &&
           exponent == layout.exponent && exponent_bits == layout.exponent_bits && mantissa == 0 &&
           mantissa_bits == layout.mantissa_bits && bias == layout.bias && sign == precision - 1 &&
           normalisation == 2 && (bits & 0x40) == 0;
  };
  type.kind = Datatype::Kind::kNumber;
  set_order((bits & 1) != 0, type);
  if (is(kHalf)) {
    type.number.element = ElementType::kF16;
  } else if (is(kSingle)) {
    type.number.element = ElementType::kF32;
  } else {
    type.number.element = ElementType::kF64;  // holds whatever else there is
    if (!is(kDouble)) type.order = Datatype::Order::kOther;
  }
}

// h5py's booleans: an enumeration of FALSE and TRUE over one byte.
void read_enumeration(ByteReader& reader, std::uint64_t version, std::uint64_t members, int depth,
                      Datatype& type) {
  const Datatype base = read_type(reader, depth + 1);
  std::vector<std::string> names;
  for (std::uint64_t k = 0; k < members; ++k) names.push_back(reader.text(version < 3 ? 8 : 1));
  std::vector<std::uint64_t> values;
  for (std::uint64_t k = 0; k < members; ++k) {
    const auto bytes = reader.take(static_cast<std::size_t>(base.bytes));
    values.push_back(bytes.empty() ? 0 : little_endian<std::uint8_t>(bytes.data()));
  }
  if (base.kind != Datatype::Kind::kNumber || base.bytes != 1 || members != 2) return;
  for (std::size_t k = 0; k < 2; ++k) {
    if (names[k] != (values[k] == 0 ? "FALSE" : "TRUE") || values[k] > 1) return;
  }
  type.kind = Datatype::Kind::kNumber;
  type.number = {ElementType::kU8, true};
  type.order = Datatype::Order::kNative;
}

void read_record(ByteReader& reader, std::uint64_t version, std::uint64_t members, int depth,
                 Datatype& type) {
  type.kind = Datatype::Kind::kRecord;
  std::size_t offset_bytes = 4;
  if (version >= 3) {
    offset_bytes =
        static_cast<std::size_t>((std::bit_width(static_cast<std::uint64_t>(type.bytes)) + 7) / 8);
  }
  for (std::uint64_t k = 0; k < members; ++k) {
    Datatype::Field field;
    field.name = reader.text(version < 3 ? 8 : 1);
    field.offset = static_cast<std::int64_t>(reader.number(offset_bytes));
    if (version == 1) {
      if (reader.number(1) != 0) throw NeedsLibrary{};  // an array
      reader.skip(3 + 4 + 4 + 4 * 4);
    }
    field.type = read_type(reader, depth + 1);
    if (field.offset > type.bytes || field.type.bytes > type.bytes - field.offset) reader.fail();
    type.fields.push_back(std::move(field));
  }
}

Datatype read_type(ByteReader& reader, int depth) {
  constexpr int kDeepest = 16;
  if (depth > kDeepest) reader.fail();
  Datatype type;
  const auto head = reader.number(1);
  const auto version = head >> 4;
  const auto bits = reader.number(3);
  type.bytes = static_cast<std::int64_t>(reader.number(4));
  if (version < 1 || version > 4) reader.fail();
  switch (static_cast<Class>(head & 15)) {
    case Class::kInteger:
      read_integer(reader, bits, type);
      break;
    case Class::kFloat:
      read_float(reader, bits, type);
      break;
    case Class::kTime:
      reader.skip(2);
      break;
    case Class::kString:
      type.kind = Datatype::Kind::kText;
      type.is_padded_by_spaces = (bits & 15) == 2;
      break;
    case Class::kBitField:
      reader.skip(4);
      break;
    case Class::kOpaque:
      reader.skip(bits & 0xff);
      break;
    case Class::kRecord:
      read_record(reader, version, bits & 0xffff, depth, type);
      break;
    case Class::kReference:
      if ((bits & 15) == 0 && type.bytes == 8) type.kind = Datatype::Kind::kReference;
      break;
    case Class::kEnumeration:
      read_enumeration(reader, version, bits & 0xffff, depth, type);
      break;
    case Class::kVariable:
      (void)read_type(reader, depth + 1);
      if (type.bytes != GlobalHeap::kReferenceBytes) reader.fail();
      if ((bits & 15) == 1) {
        type.kind = Datatype::Kind::kText;
        type.is_variable_text = true;
      }
      break;
    case Class::kArray: {
      const auto rank = reader.number(1);
      reader.skip(version < 3 ? 3 : 0);
      reader.skip(rank * (version < 3 ? 8 : 4));  // extents, and permutations once
      (void)read_type(reader, depth + 1);
      break;
    }
    default:
      reader.fail();
  }
  return type;
}

}  // namespace

std::string Datatype::description() const {
  switch (kind) {
    case Kind::kNumber:
      return number.name();
    case Kind::kText:
      return "text";
    case Kind::kReference:
      return "references";
    case Kind::kRecord:
      return "records";
    case Kind::kOther:
      break;
  }
  return "values of an unknown type";
}

Datatype read_shared_datatype(const RawFile& file, std::span<const std::byte> body,
                              const Where& where) {
  constexpr std::uint64_t kInAnotherHeader = 2;
  ByteReader reader(body, where);
  const auto version = reader.number(1);
  const auto kind = reader.number(1);
  if (version < 1 || version > 3) reader.fail();
  if (version == 1) reader.skip(6);
  if (version == 3 && kind != kInAnotherHeader) throw NeedsLibrary{};
  const ObjectHeader header(file, reader.number(8), where);
  const auto* type = header.find(MessageType::kDatatype);
  if (type == nullptr) reader.fail();
  return read_datatype(type->body, where);
}

Datatype read_datatype(std::span<const std::byte> body, const Where& where) {
  ByteReader reader(body, where);
  return read_type(reader, 0);
}

}  // namespace cupel::io
