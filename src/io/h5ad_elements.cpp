#include "io/h5ad_elements.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <vector>

#include "cupel/error.hpp"

namespace cupel::io {
namespace {

Handle string_type(const Hdf5Output& file) {
  Handle type(file.check(H5Tcopy(H5T_C_S1)), H5Tclose);
  file.check(H5Tset_size(type.id(), H5T_VARIABLE));
  file.check(H5Tset_cset(type.id(), H5T_CSET_UTF8));
  return type;
}

Handle vector_space(const Hdf5Output& file, std::size_t size) {
  const hsize_t extent = size;
  return Handle(file.check(H5Screate_simple(1, &extent, nullptr)), H5Sclose);
}

std::vector<const char*> pointers_to(std::span<const std::string> texts) {
  std::vector<const char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  pointers.push_back(nullptr);  // so that an empty list still has an address
  return pointers;
}

void put_attribute(const Hdf5Output& file, hid_t object, const char* name, hid_t type, hid_t space,
                   const void* value) {
  const Handle attribute(
      file.check(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT)), H5Aclose);
  file.check(H5Awrite(attribute.id(), type, value));
}

// h5py's bool, an enumeration of one byte.
void write_false(const Hdf5Output& file, hid_t object, const char* name) {
  const Handle type(file.check(H5Tenum_create(H5T_STD_I8LE)), H5Tclose);
  const std::int8_t no = 0;
  const std::int8_t yes = 1;
  file.check(H5Tenum_insert(type.id(), "FALSE", &no));
  file.check(H5Tenum_insert(type.id(), "TRUE", &yes));
  const Handle scalar(file.check(H5Screate(H5S_SCALAR)), H5Sclose);
  put_attribute(file, object, name, type.id(), scalar.id(), &no);
}

Handle put_vector(const Hdf5Output& file, hid_t parent, const char* name, hid_t file_type,
                  hid_t memory_type, std::size_t size, const void* values) {
  const Handle space = vector_space(file, size);
  const Handle layout(file.check(H5Pcreate(H5P_DATASET_CREATE)), H5Pclose);
  file.check(H5Pset_obj_track_times(layout.id(), false));  // same content, same bytes
  Handle dataset(file.check(H5Dcreate2(parent, name, file_type, space.id(), H5P_DEFAULT,
                                       layout.id(), H5P_DEFAULT)),
                 H5Dclose);
  if (size > 0) {
    file.check(H5Dwrite(dataset.id(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
  }
  return dataset;
}

// An index and categorical columns.
void write_dataframe(const Hdf5Output& file, const char* name, std::span<const std::string> index,
                     std::span<const Column> columns) {
  const Handle group = make_group(file, file.id(), name);
  write_encoding(file, group.id(), "dataframe", "0.2.0");
  write_attribute(file, group.id(), "_index", "_index");
  std::vector<std::string> order;
  for (const Column& column : columns) order.push_back(column.name);
  write_attribute(file, group.id(), "column-order", order);
  write_strings(file, group.id(), "_index", index);
  for (const Column& column : columns) write_categorical(file, group.id(), column);
}

}  // namespace

void write_attribute(const Hdf5Output& file, hid_t object, const char* name,
                     std::string_view text) {
  const std::string owned(text);
  const char* pointer = owned.c_str();
  const Handle scalar(file.check(H5Screate(H5S_SCALAR)), H5Sclose);
  put_attribute(file, object, name, string_type(file).id(), scalar.id(), &pointer);
}

void write_attribute(const Hdf5Output& file, hid_t object, const char* name,
                     std::span<const std::string> texts) {
  put_attribute(file, object, name, string_type(file).id(), vector_space(file, texts.size()).id(),
                pointers_to(texts).data());
}

void write_attribute(const Hdf5Output& file, hid_t object, const char* name,
                     std::span<const std::int64_t> numbers) {
  put_attribute(file, object, name, H5T_STD_I64LE, vector_space(file, numbers.size()).id(),
                numbers.data());
}

void write_encoding(const Hdf5Output& file, hid_t object, std::string_view type,
                    std::string_view version) {
  write_attribute(file, object, "encoding-type", type);
  write_attribute(file, object, "encoding-version", version);
}

Handle make_group(const Hdf5Output& file, hid_t parent, const char* name) {
  return Handle(file.check(H5Gcreate2(parent, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)),
                H5Gclose);
}

void write_strings(const Hdf5Output& file, hid_t parent, const char* name,
                   std::span<const std::string> texts) {
  const Handle type = string_type(file);
  const Handle dataset =
      put_vector(file, parent, name, type.id(), type.id(), texts.size(), pointers_to(texts).data());
  write_encoding(file, dataset.id(), "string-array", "0.2.0");
}

void write_categorical(const Hdf5Output& file, hid_t parent, const Column& column) {
  const Handle group = make_group(file, parent, column.name.c_str());
  write_encoding(file, group.id(), "categorical", "0.2.0");
  write_false(file, group.id(), "ordered");
  write_strings(file, group.id(), "categories", column.categories);
  // The narrowest type that holds the codes, as pandas chooses it.
  const std::size_t n = column.categories.size();
  const hid_t type = n <= 127 ? H5T_STD_I8LE : n <= 32767 ? H5T_STD_I16LE : H5T_STD_I32LE;
  const Handle codes = put_vector(file, group.id(), "codes", type, H5T_NATIVE_INT32,
                                  column.codes.size(), column.codes.data());
  write_encoding(file, codes.id(), "array", "0.2.0");
}

Handle write_empty_mapping(const Hdf5Output& file, const char* name) {
  Handle group = make_group(file, file.id(), name);
  write_encoding(file, group.id(), "dict", "0.1.0");
  return group;
}

void write_root(const Hdf5Output& file) { write_encoding(file, file.id(), "anndata", "0.1.0"); }

void write_frames(const Hdf5Output& file, std::span<const std::string> obs_names,
                  std::span<const std::string> genes, std::span<const Column> obs_columns) {
  for (const Column& column : obs_columns) {
    require(column.codes.size() == obs_names.size(), "an obs column needs one code per cell");
  }
  write_dataframe(file, "obs", obs_names, obs_columns);
  write_dataframe(file, "var", genes, {});
  for (const char* name : {"obsm", "obsp", "varm", "varp", "uns"}) write_empty_mapping(file, name);
}

void require(bool holds, const char* what) {
  if (!holds) throw Error(ErrorKind::kInternal, fmt::format("h5ad writer: {}", what));
}

}  // namespace cupel::io
