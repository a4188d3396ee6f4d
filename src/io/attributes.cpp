#include "io/attributes.hpp"

#include <algorithm>
#include <utility>

#include "io/bytes.hpp"
#include "io/global_heap.hpp"
#include "io/strings.hpp"

namespace cupel::io {
namespace {

// An attribute that only libhdf5 can follow.
struct LibraryAttribute {
  Handle attribute;
  Handle type;
  std::int64_t values = -1;

  LibraryAttribute(hid_t object, const std::string& name) {
    constexpr hssize_t kMostValues = 1 << 22;  // attributes are small; a larger one is damage
    if (H5Aexists(object, name.c_str()) <= 0) return;
    attribute = Handle(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose);
    if (!attribute.valid()) return;
    type = Handle(H5Aget_type(attribute.id()), H5Tclose);
    const Handle space(H5Aget_space(attribute.id()), H5Sclose);
    const hssize_t points = H5Sget_simple_extent_npoints(space.id());
    if (points <= kMostValues) values = points;
  }
};

}  // namespace

Attributes::Attributes(const Hdf5File& file, hid_t object, Where where)
    : file_(&file), object_(object), where_(std::move(where)) {
  stored_ = read_stored_attributes(file, object, where_);
}

const StoredAttribute* Attributes::find(std::string_view name) const {
  const auto found = std::ranges::find(*stored_, name, &StoredAttribute::name);
  return found == stored_->end() ? nullptr : &*found;
}

bool Attributes::has(const std::string& name) const {
  const Hdf5Lock lock;
  return stored_ ? find(name) != nullptr : H5Aexists(object_, name.c_str()) > 0;
}

std::optional<std::vector<std::string>> Attributes::texts(const std::string& name) const {
  const Hdf5Lock lock;
  std::vector<std::string> texts;
  if (!stored_) {
    const LibraryAttribute found(object_, name);
    const auto read = [&](hid_t memory_type, void* to) {
      return H5Aread(found.attribute.id(), memory_type, to) >= 0;
    };
    if (found.values < 0) return std::nullopt;
    if (found.values == 0) return texts;
    if (!read_texts(found.type.id(), found.values, read, texts)) return std::nullopt;
    return texts;
  }
  const StoredAttribute* found = find(name);
  if (found == nullptr) return std::nullopt;
  if (found->values == 0) return texts;  // of whatever type: anndata writes no columns as floats
  if (found->kind != StoredAttribute::Kind::kFixedText &&
      found->kind != StoredAttribute::Kind::kVariableText) {
    return std::nullopt;
  }
  for (std::int64_t k = 0; k < found->values; ++k) {
    const std::byte* element = found->data.data() + k * found->element_bytes;
    texts.push_back(found->kind == StoredAttribute::Kind::kVariableText
                        ? file_->heap().text(element, where_)
                        : fixed_text(element, found->element_bytes, found->padded_with_spaces));
  }
  return texts;
}

std::optional<std::string> Attributes::text(const std::string& name) const {
  const auto found = texts(name);
  if (!found || found->size() != 1) return std::nullopt;
  return found->front();
}

std::optional<std::vector<std::int64_t>> Attributes::integers(const std::string& name) const {
  const Hdf5Lock lock;
  std::vector<std::int64_t> values;
  const StoredAttribute* found = stored_ ? find(name) : nullptr;
  if (found != nullptr && found->kind == StoredAttribute::Kind::kInteger) {
    const auto bytes = static_cast<std::size_t>(found->element_bytes);
    const auto unused_bits = static_cast<int>(64 - 8 * bytes);
    for (std::int64_t k = 0; k < found->values; ++k) {
      const auto value =
          little_endian<std::uint64_t>(found->data.data() + k * found->element_bytes, bytes);
      // Shifted up and down again to spread the sign.
      values.push_back(found->is_signed && bytes > 0
                           ? static_cast<std::int64_t>(value << unused_bits) >> unused_bits
                           : static_cast<std::int64_t>(value));
    }
    return values;
  }
  const LibraryAttribute library(object_, name);  // big-endian, or not in the header
  if (library.values < 0 || H5Tget_class(library.type.id()) != H5T_INTEGER) return std::nullopt;
  values.resize(static_cast<std::size_t>(library.values));
  if (H5Aread(library.attribute.id(), H5T_NATIVE_INT64, values.data()) < 0) return std::nullopt;
  return values;
}

}  // namespace cupel::io
