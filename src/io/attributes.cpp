#include "io/attributes.hpp"

#include "io/strings.hpp"

namespace cupel::io {
namespace {

constexpr hssize_t kMostValues = 1 << 22;  // attributes are small; a larger one is damage

struct OpenAttribute {
  Handle attribute;
  Handle type;
  std::int64_t values = 0;
};

std::optional<OpenAttribute> open_attribute(hid_t object, const char* name) {
  if (H5Aexists(object, name) <= 0) return std::nullopt;
  OpenAttribute open;
  open.attribute = Handle(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
  if (!open.attribute.valid()) return std::nullopt;
  open.type = Handle(H5Aget_type(open.attribute.id()), H5Tclose);
  const Handle space(H5Aget_space(open.attribute.id()), H5Sclose);
  const hssize_t values = H5Sget_simple_extent_npoints(space.id());
  if (values < 0 || values > kMostValues) return std::nullopt;
  open.values = values;
  return open;
}

}  // namespace

bool has_attribute(hid_t object, const char* name) {
  const Hdf5Lock lock;
  return H5Aexists(object, name) > 0;
}

std::optional<std::vector<std::string>> text_list_attribute(hid_t object, const char* name) {
  const Hdf5Lock lock;
  const auto open = open_attribute(object, name);
  if (!open) return std::nullopt;
  if (open->values == 0) return std::vector<std::string>{};  // anndata writes no columns as floats
  std::vector<std::string> texts;
  const auto read = [&](hid_t memory_type, void* to) {
    return H5Aread(open->attribute.id(), memory_type, to) >= 0;
  };
  if (!read_texts(open->type.id(), open->values, read, texts)) return std::nullopt;
  return texts;
}

std::optional<std::string> text_attribute(hid_t object, const char* name) {
  const auto texts = text_list_attribute(object, name);
  if (!texts || texts->size() != 1) return std::nullopt;
  return texts->front();
}

std::optional<std::vector<std::int64_t>> integer_list_attribute(hid_t object, const char* name) {
  const Hdf5Lock lock;
  const auto open = open_attribute(object, name);
  if (!open || H5Tget_class(open->type.id()) != H5T_INTEGER) return std::nullopt;
  std::vector<std::int64_t> values(static_cast<std::size_t>(open->values));
  if (H5Aread(open->attribute.id(), H5T_NATIVE_INT64, values.data()) < 0) return std::nullopt;
  return values;
}

}  // namespace cupel::io
