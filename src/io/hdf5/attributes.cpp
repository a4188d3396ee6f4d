#include "io/hdf5/attributes.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "io/hdf5/bytes.hpp"
#include "io/hdf5/dataspace.hpp"
#include "io/hdf5/datatype.hpp"
#include "io/hdf5/global_heap.hpp"
#include "io/hdf5/text.hpp"

namespace cupel::io {
namespace {

std::int64_t integer_at(const std::byte* at, const Datatype& type) {
  const auto bytes = static_cast<std::size_t>(type.bytes);
  std::array<std::byte, 8> copy{};
  std::copy_n(at, bytes, copy.begin());
  if (type.is_big_endian) std::reverse(copy.begin(), copy.begin() + type.bytes);
  const auto value = little_endian<std::uint64_t>(copy.data(), bytes);
  if (type.number.element >= ElementType::kU8) return static_cast<std::int64_t>(value);
  const auto unused = static_cast<int>(64 - 8 * bytes);  // shifted up and down to spread the sign
  return static_cast<std::int64_t>(value << unused) >> unused;
}

Attribute read_attribute(const RawFile& file, std::span<const std::byte> body, GlobalHeap& heap,
                         const Where& where) {
  ByteReader reader(body, where);
  const auto version = reader.number(1);
  const auto flags = reader.number(1);
  if (version < 1 || version > 3) reader.fail();
  const bool has_shared_type = version > 1 && (flags & 1) != 0;
  if (version > 1 && flags > 1) reader.fail();  // nobody shares a dataspace
  const auto name_bytes = reader.number(2);
  const auto type_bytes = reader.number(2);
  const auto space_bytes = reader.number(2);
  if (version == 3) reader.skip(1);  // character set of the name
  const auto padded = [&](std::uint64_t size) { return version == 1 ? (size + 7) / 8 * 8 : size; };
  const auto name = reader.take(padded(name_bytes));
  const auto type_body = reader.take(padded(type_bytes));
  const Datatype type = has_shared_type ? read_shared_datatype(file, type_body, where)
                                        : read_datatype(type_body, where);
  const Dataspace space = read_dataspace(reader.take(padded(space_bytes)), where);

  Attribute attribute;
  const auto* text = reinterpret_cast<const char*>(name.data());
  attribute.name.assign(text, strnlen(text, name.size()));
  attribute.values = space.elements();
  if (type.bytes < 1) reader.fail();
  if (attribute.values > file.end() / type.bytes) reader.fail();
  const auto data = reader.take(static_cast<std::size_t>(attribute.values * type.bytes));
  const bool is_integer = type.kind == Datatype::Kind::kNumber && !is_float(type.number.element);
  if (is_integer && type.order == Datatype::Order::kOther) throw NeedsLibrary{};
  for (std::int64_t k = 0; k < attribute.values; ++k) {
    const std::byte* at = data.data() + k * type.bytes;
    if (type.kind == Datatype::Kind::kText) {
      attribute.texts.push_back(type.is_variable_text
                                    ? heap.text(at, where)
                                    : fixed_text(at, type.bytes, type.is_padded_by_spaces));
    } else if (is_integer) {
      attribute.integers.push_back(integer_at(at, type));
    } else if (type.kind == Datatype::Kind::kReference) {
      attribute.references.push_back(little_endian<std::uint64_t>(at));
    }
  }
  return attribute;
}

// Attributes are all in the header unless a heap of them has an address.
bool are_elsewhere(std::span<const std::byte> info, const Where& where) {
  ByteReader reader(info, where);
  reader.skip(1);
  const auto flags = reader.number(1);
  reader.skip((flags & 1) != 0 ? 2 : 0);
  return reader.number(8) != kUndefinedAddress;
}

}  // namespace

Attributes read_attributes(const RawFile& file, const ObjectHeader& header, const Where& where) {
  std::vector<Attribute> attributes;
  GlobalHeap heap(file);
  for (const auto& message : header.messages()) {
    if (message.type == MessageType::kAttributeInfo && are_elsewhere(message.body, where)) {
      throw NeedsLibrary{};
    }
    if (message.type != MessageType::kAttribute) continue;
    if (message.is_shared) throw NeedsLibrary{};
    attributes.push_back(read_attribute(file, message.body, heap, where));
  }
  return Attributes(std::move(attributes));
}

const Attribute* Attributes::find(const std::string& name) const {
  const auto found = std::ranges::find(attributes_, name, &Attribute::name);
  return found == attributes_.end() ? nullptr : &*found;
}

std::optional<std::vector<std::string>> Attributes::texts(const std::string& name) const {
  const Attribute* found = find(name);
  if (found == nullptr) return std::nullopt;
  if (static_cast<std::int64_t>(found->texts.size()) != found->values) return std::nullopt;
  return found->texts;
}

std::optional<std::string> Attributes::text(const std::string& name) const {
  const Attribute* found = find(name);
  if (found == nullptr || found->texts.size() != 1) return std::nullopt;
  return found->texts.front();
}

std::optional<std::vector<std::int64_t>> Attributes::integers(const std::string& name) const {
  const Attribute* found = find(name);
  if (found == nullptr || found->integers.empty()) return std::nullopt;
  return found->integers;
}

std::optional<std::uint64_t> Attributes::reference(const std::string& name) const {
  const Attribute* found = find(name);
  if (found == nullptr || found->references.size() != 1) return std::nullopt;
  return found->references.front();
}

}  // namespace cupel::io
