#include "io/plain_column.hpp"

#include <fmt/format.h>

#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "io/labels.hpp"
#include "io/narrow.hpp"

namespace cupel::io {
namespace {

const Datatype& type_of(const Dataset& dataset, const Datatype::Field* field) {
  return field == nullptr ? dataset.type() : field->type;
}

// Numbers of type `From` lie in `bytes`.
template <typename To, typename From>
std::vector<To> widen(std::span<const std::byte> bytes) {
  std::vector<To> values(bytes.size() / sizeof(From));
  for (std::size_t k = 0; k < values.size(); ++k) {
    From value;
    std::memcpy(&value, bytes.data() + k * sizeof(From), sizeof(From));
    values[k] = static_cast<To>(value);
  }
  return values;
}

std::vector<std::int64_t> widen_integers(ElementType type, std::span<const std::byte> bytes) {
  switch (type) {
    case ElementType::kI8:
      return widen<std::int64_t, std::int8_t>(bytes);
    case ElementType::kI16:
      return widen<std::int64_t, std::int16_t>(bytes);
    case ElementType::kI32:
      return widen<std::int64_t, std::int32_t>(bytes);
    case ElementType::kU8:
      return widen<std::int64_t, std::uint8_t>(bytes);
    case ElementType::kU16:
      return widen<std::int64_t, std::uint16_t>(bytes);
    case ElementType::kU32:
      return widen<std::int64_t, std::uint32_t>(bytes);
    default:
      return widen<std::int64_t, std::int64_t>(bytes);
  }
}

std::vector<float> widen_halves(std::span<const std::byte> bytes) {
  std::vector<float> values;
  for (const auto half : widen<std::uint16_t, std::uint16_t>(bytes)) {
    values.push_back(half_to_float(half));
  }
  return values;
}

void label_numbers(const NumberType& type, std::span<const std::byte> bytes,
                   std::span<const std::uint8_t> missing, Column& column) {
  if (type.is_bool) {
    label_bools(widen<std::uint8_t, std::uint8_t>(bytes), missing, column);
    return;
  }
  switch (type.element) {
    case ElementType::kF64:
      label_doubles(widen<double, double>(bytes), missing, column);
      break;
    case ElementType::kF32:
      label_floats(widen<float, float>(bytes), missing, column);
      break;
    case ElementType::kF16:
      label_floats(widen_halves(bytes), missing, column);
      break;
    case ElementType::kU64:
      label_unsigned(widen<std::uint64_t, std::uint64_t>(bytes), missing, column);
      break;
    default:
      label_integers(widen_integers(type.element, bytes), missing, column);
  }
}

}  // namespace

std::string plain_type_name(const Datatype& type) {
  switch (type.kind) {
    case Datatype::Kind::kText:
      return "string";
    case Datatype::Kind::kNumber:
      return type.number.name();
    default:
      return "unknown";
  }
}

void read_plain_column(const Dataset& dataset, const Datatype::Field* field,
                       std::span<const std::uint8_t> missing, Column& column) {
  const Datatype& type = type_of(dataset, field);
  column.type = plain_type_name(type);
  if (type.kind == Datatype::Kind::kText) {
    label_texts(dataset.read_texts(field), missing, column);
  } else if (type.kind == Datatype::Kind::kNumber) {
    label_numbers(type.number, dataset.read_numbers(field), missing, column);
  } else {
    throw not_supported(dataset.where(),
                        "holds neither text nor numbers, so it cannot label cells");
  }
}

std::vector<std::string> read_as_texts(const Dataset& dataset, const Datatype::Field* field) {
  if (type_of(dataset, field).kind == Datatype::Kind::kText) return dataset.read_texts(field);
  Column column;
  read_plain_column(dataset, field, {}, column);
  std::vector<std::string> texts;
  texts.reserve(column.codes.size());
  for (const auto code : column.codes) {
    texts.push_back(code < 0 ? "nan" : column.categories[static_cast<std::size_t>(code)]);
  }
  return texts;
}

std::vector<std::int64_t> read_integers(const Dataset& dataset, std::int64_t expected,
                                        const Datatype::Field* field) {
  require_rows(dataset, expected);
  const Datatype& type = type_of(dataset, field);
  if (field == nullptr) dataset.require_integers();
  return widen_integers(type.number.element, dataset.read_numbers(field));
}

void require_rows(const Dataset& dataset, std::int64_t expected) {
  dataset.require_rank(1);
  if (dataset.rows() == expected) return;
  throw damaged(dataset.where(),
                fmt::format("it has {} values where {} are needed", dataset.rows(), expected));
}

void set_categorical(Column& column, std::vector<std::string> categories,
                     std::span<const std::int64_t> codes, const Where& where) {
  const auto n = static_cast<std::int64_t>(categories.size());
  if (n > std::numeric_limits<std::int32_t>::max()) {
    throw damaged(where, "it has too many categories");
  }
  column.codes.resize(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] < -1 || codes[i] >= n) {
      throw damaged(where, fmt::format("row {} has category {} of {}", i, codes[i], n));
    }
    column.codes[i] = static_cast<std::int32_t>(codes[i]);
  }
  column.type = "categorical";
  column.categories = std::move(categories);
}

}  // namespace cupel::io
