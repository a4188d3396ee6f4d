#include "io/h5ad_elements.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <vector>

#include "cupel/error.hpp"

namespace cupel::io {
namespace {

Hdf5Type string_type(const Hdf5Output& file) {
  Hdf5Type type(file.check(H5Tcopy(H5T_C_S1)));
  file.check(H5Tset_size(type.get(), H5T_VARIABLE));
  file.check(H5Tset_cset(type.get(), H5T_CSET_UTF8));
  return type;
}

Hdf5Space vector_space(const Hdf5Output& file, std::size_t size) {
  const hsize_t extent = size;
  return Hdf5Space(file.check(H5Screate_simple(1, &extent, nullptr)));
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
  const Hdf5Attribute attribute(
      file.check(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT)));
  file.check(H5Awrite(attribute.get(), type, value));
}

// h5py's bool, an enumeration of one byte.
void write_false(const Hdf5Output& file, hid_t object, const char* name) {
  const Hdf5Type type(file.check(H5Tenum_create(H5T_STD_I8LE)));
  const std::int8_t no = 0;
  const std::int8_t yes = 1;
  file.check(H5Tenum_insert(type.get(), "FALSE", &no));
  file.check(H5Tenum_insert(type.get(), "TRUE", &yes));
  const Hdf5Space scalar(file.check(H5Screate(H5S_SCALAR)));
  put_attribute(file, object, name, type.get(), scalar.get(), &no);
}

Hdf5Dataset put_vector(const Hdf5Output& file, hid_t parent, const char* name, hid_t file_type,
                       hid_t memory_type, std::size_t size, const void* values) {
  const Hdf5Space space = vector_space(file, size);
  const Hdf5Properties layout(file.check(H5Pcreate(H5P_DATASET_CREATE)));
  file.check(H5Pset_obj_track_times(layout.get(), false));  // same content, same bytes
  Hdf5Dataset dataset(file.check(
      H5Dcreate2(parent, name, file_type, space.get(), H5P_DEFAULT, layout.get(), H5P_DEFAULT)));
  if (size > 0) {
    file.check(H5Dwrite(dataset.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
  }
  return dataset;
}

// An index and categorical columns.
void write_dataframe(const Hdf5Output& file, const char* name, std::span<const std::string> index,
                     std::span<const Column> columns) {
  const Hdf5Group group = make_group(file, file.id(), name);
  write_encoding(file, group.get(), "dataframe", "0.2.0");
  write_attribute(file, group.get(), "_index", "_index");
  std::vector<std::string> order;
  for (const Column& column : columns) order.push_back(column.name);
  write_attribute(file, group.get(), "column-order", order);
  write_strings(file, group.get(), "_index", index);
  for (const Column& column : columns) write_categorical(file, group.get(), column);
}

}  // namespace

void write_attribute(const Hdf5Output& file, hid_t object, const char* name,
                     std::string_view text) {
  const std::string owned(text);
  const char* pointer = owned.c_str();
  const Hdf5Space scalar(file.check(H5Screate(H5S_SCALAR)));
  put_attribute(file, object, name, string_type(file).get(), scalar.get(), &pointer);
}

void write_attribute(const Hdf5Output& file, hid_t object, const char* name,
                     std::span<const std::string> texts) {
  put_attribute(file, object, name, string_type(file).get(), vector_space(file, texts.size()).get(),
                pointers_to(texts).data());
}

void write_attribute(const Hdf5Output& file, hid_t object, const char* name,
                     std::span<const std::int64_t> numbers) {
  put_attribute(file, object, name, H5T_STD_I64LE, vector_space(file, numbers.size()).get(),
                numbers.data());
}

void write_encoding(const Hdf5Output& file, hid_t object, std::string_view type,
                    std::string_view version) {
  write_attribute(file, object, "encoding-type", type);
  write_attribute(file, object, "encoding-version", version);
}

Hdf5Group make_group(const Hdf5Output& file, hid_t parent, const char* name) {
  return Hdf5Group(file.check(H5Gcreate2(parent, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)));
}

void write_strings(const Hdf5Output& file, hid_t parent, const char* name,
                   std::span<const std::string> texts) {
  const Hdf5Type type = string_type(file);
  const Hdf5Dataset dataset = put_vector(file, parent, name, type.get(), type.get(), texts.size(),
                                         pointers_to(texts).data());
  write_encoding(file, dataset.get(), "string-array", "0.2.0");
}

void write_categorical(const Hdf5Output& file, hid_t parent, const Column& column) {
  const Hdf5Group group = make_group(file, parent, column.name.c_str());
  write_encoding(file, group.get(), "categorical", "0.2.0");
  write_false(file, group.get(), "ordered");
  write_strings(file, group.get(), "categories", column.categories);
  // The narrowest type that holds the codes, as pandas chooses it.
  const std::size_t n = column.categories.size();
  const hid_t type = n <= 127 ? H5T_STD_I8LE : n <= 32767 ? H5T_STD_I16LE : H5T_STD_I32LE;
  const Hdf5Dataset codes = put_vector(file, group.get(), "codes", type, H5T_NATIVE_INT32,
                                       column.codes.size(), column.codes.data());
  write_encoding(file, codes.get(), "array", "0.2.0");
}

Hdf5Group write_empty_mapping(const Hdf5Output& file, const char* name) {
  Hdf5Group group = make_group(file, file.id(), name);
  write_encoding(file, group.get(), "dict", "0.1.0");
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
