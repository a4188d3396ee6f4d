#include "support/tiny_h5ad.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>

#include "io/hdf5/hdf5_handle.hpp"
#include "io/hdf5/library_filters.hpp"
#include "support/lzf_encode.hpp"

namespace cupel::test {
namespace {

constexpr H5Z_filter_t kLzf = 32000;

hid_t checked(hid_t id, const std::string& what) {
  if (id < 0) throw std::runtime_error("tiny_h5ad: cannot make " + what);
  return id;
}

void checked_status(herr_t status, const std::string& what) {
  if (status < 0) throw std::runtime_error("tiny_h5ad: cannot " + what);
}

hid_t make_properties(const Storage& storage, std::span<const hsize_t> extent) {
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  if (storage.chunk == 0) return properties;
  std::vector<hsize_t> chunk{static_cast<hsize_t>(storage.chunk)};
  if (extent.size() == 2) {
    chunk.push_back(storage.chunk_columns > 0 ? static_cast<hsize_t>(storage.chunk_columns)
                                              : extent[1]);
  }
  checked_status(H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data()), "chunk");
  for (const std::string& filter : storage.filters) {
    if (filter == "gzip") checked_status(H5Pset_deflate(properties, 4), filter);
    if (filter == "shuffle") checked_status(H5Pset_shuffle(properties), filter);
    if (filter == "fletcher32") checked_status(H5Pset_fletcher32(properties), filter);
    if (filter == "lzf") {
      checked_status(H5Pset_filter(properties, kLzf, H5Z_FLAG_OPTIONAL, 0, nullptr), filter);
    }
  }
  return properties;
}

// Stands in for the product's LZF filter, which cannot write, while a file is being made.
std::size_t lzf_for_tests(unsigned flags, std::size_t, const unsigned*, std::size_t n_bytes,
                          std::size_t* buffer_size, void** buffer) {
  if ((flags & H5Z_FLAG_REVERSE) != 0) return 0;
  const auto packed = lzf_encode({static_cast<const std::uint8_t*>(*buffer), n_bytes});
  if (packed.size() >= n_bytes) return 0;  // the filter is optional: the chunk stays as it is
  std::memcpy(*buffer, packed.data(), packed.size());
  *buffer_size = n_bytes;
  return packed.size();
}

void register_writing_lzf() {
  const H5Z_class2_t filter{H5Z_CLASS_T_VERS, kLzf, 1, 1, "lzf", nullptr, nullptr, lzf_for_tests};
  checked_status(H5Zregister(&filter), "register LZF");
}

void write_array(hid_t file, const std::string& path, std::span<const hsize_t> extent,
                 const void* values, hid_t memory_type, const Storage& storage) {
  const hid_t type = make_type(storage.type);
  // As anndata does: what has chunks may grow, so that a chunk may be larger than the whole.
  const std::vector<hsize_t> most(extent.size(), H5S_UNLIMITED);
  const hid_t space = H5Screate_simple(static_cast<int>(extent.size()), extent.data(),
                                       storage.chunk > 0 ? most.data() : nullptr);
  const hid_t properties = make_properties(storage, extent);
  const hid_t dataset = checked(
      H5Dcreate2(file, path.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT), path);
  const auto n = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space));
  if (n > 0) {
    // Converted here: an enumeration of booleans takes no numbers.
    const hid_t plain = H5Tget_class(type) == H5T_ENUM ? H5Tget_super(type) : H5Tcopy(type);
    std::vector<std::uint8_t> bytes(n * std::max<std::size_t>(8, H5Tget_size(plain)));
    std::memcpy(bytes.data(), values, n * H5Tget_size(memory_type));
    checked_status(H5Tconvert(memory_type, plain, n, bytes.data(), nullptr, H5P_DEFAULT),
                   "convert");
    bytes.resize(n * H5Tget_size(type));
    checked_status(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), path);
    H5Tclose(plain);
  }
  H5Dclose(dataset);
  H5Pclose(properties);
  H5Sclose(space);
  H5Tclose(type);
}

hid_t text_type(std::size_t size) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, size);
  if (size == H5T_VARIABLE) H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

std::vector<std::string> numbered(const std::string& prefix, std::int64_t n) {
  std::vector<std::string> names;
  for (std::int64_t k = 0; k < n; ++k) names.push_back(fmt::format("{}{}", prefix, k));
  return names;
}

}  // namespace

std::int64_t make_type(const std::string& name) {
  if (name == "bool") {
    const hid_t type = H5Tenum_create(H5T_STD_I8LE);
    const signed char values[] = {0, 1};
    H5Tenum_insert(type, "FALSE", &values[0]);
    H5Tenum_insert(type, "TRUE", &values[1]);
    return type;
  }
  const bool big = name.front() == '>';
  const std::string plain = big ? name.substr(1) : name;
  if (plain == "float16") {
    const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(type, 15, 10, 5, 0, 10);
    H5Tset_size(type, 2);
    H5Tset_ebias(type, 15);
    if (big) H5Tset_order(type, H5T_ORDER_BE);
    return type;
  }
  const std::map<std::string, hid_t> types{
      {"int8", H5T_STD_I8LE},      {"int16", H5T_STD_I16LE},          {"int32", H5T_STD_I32LE},
      {"int64", H5T_STD_I64LE},    {"uint8", H5T_STD_U8LE},           {"uint16", H5T_STD_U16LE},
      {"uint32", H5T_STD_U32LE},   {"uint64", H5T_STD_U64LE},         {"float32", H5T_IEEE_F32LE},
      {"float64", H5T_IEEE_F64LE}, {"longdouble", H5T_NATIVE_LDOUBLE}};
  const hid_t type = H5Tcopy(types.at(plain));
  if (big) H5Tset_order(type, H5T_ORDER_BE);
  return type;
}

void make_group(std::int64_t file, const std::string& path) {
  H5Gclose(checked(H5Gcreate2(file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), path));
}

void write_numbers(std::int64_t file, const std::string& path, std::span<const double> values,
                   const Storage& storage) {
  const hsize_t extent = values.size();
  write_array(file, path, {&extent, 1}, values.data(), H5T_NATIVE_DOUBLE, storage);
}

void write_integers(std::int64_t file, const std::string& path,
                    std::span<const std::int64_t> values, const std::string& type) {
  const hsize_t extent = values.size();
  write_array(file, path, {&extent, 1}, values.data(), H5T_NATIVE_INT64, {.type = type});
}

void write_texts(std::int64_t file, const std::string& path, const std::vector<std::string>& values,
                 bool fixed) {
  std::size_t width = 1;
  for (const std::string& value : values) width = std::max(width, value.size());
  const hid_t type = text_type(fixed ? width : H5T_VARIABLE);
  const hsize_t extent = values.size();
  const hid_t space = H5Screate_simple(1, &extent, nullptr);
  const hid_t dataset = checked(
      H5Dcreate2(file, path.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), path);
  if (fixed) {
    std::string bytes(values.size() * width, '\0');
    for (std::size_t k = 0; k < values.size(); ++k) values[k].copy(bytes.data() + k * width, width);
    if (!values.empty()) H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
  } else {
    std::vector<const char*> pointers;
    for (const std::string& value : values) pointers.push_back(value.c_str());
    if (!values.empty()) H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data());
  }
  H5Dclose(dataset);
  H5Sclose(space);
  H5Tclose(type);
}

void write_attribute(std::int64_t file, const std::string& object, const std::string& name,
                     const std::string& value) {
  const hid_t type = text_type(H5T_VARIABLE);
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t attribute = checked(H5Acreate_by_name(file, object.c_str(), name.c_str(), type, space,
                                                    H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                                  name);
  const char* text = value.c_str();
  H5Awrite(attribute, type, &text);
  H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
}

void write_attribute(std::int64_t file, const std::string& object, const std::string& name,
                     const std::vector<std::int64_t>& values) {
  const hsize_t extent = values.size();
  const hid_t space = H5Screate_simple(1, &extent, nullptr);
  const hid_t attribute =
      checked(H5Acreate_by_name(file, object.c_str(), name.c_str(), H5T_STD_I64LE, space,
                                H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
              name);
  H5Awrite(attribute, H5T_NATIVE_INT64, values.data());
  H5Aclose(attribute);
  H5Sclose(space);
}

void write_attribute(std::int64_t file, const std::string& object, const std::string& name,
                     const std::vector<std::string>& values) {
  const hid_t type = text_type(H5T_VARIABLE);
  const hsize_t extent = values.size();
  const hid_t space = H5Screate_simple(1, &extent, nullptr);
  const hid_t attribute = checked(H5Acreate_by_name(file, object.c_str(), name.c_str(), type, space,
                                                    H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                                  name);
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  if (!values.empty()) H5Awrite(attribute, type, pointers.data());
  H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
}

TinyH5ad::TinyH5ad(const std::string& path, std::int64_t n_cells, std::int64_t n_genes)
    : file_(checked(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), path)),
      n_cells_(n_cells),
      n_genes_(n_genes) {
  const io::Hdf5Lock lock;
  register_writing_lzf();
  write_attribute(file_, ".", "encoding-type", std::string("anndata"));
  for (const auto& [table, names] :
       {std::pair{"obs", numbered("cell", n_cells)}, std::pair{"var", numbered("gene", n_genes)}}) {
    make_group(file_, table);
    write_attribute(file_, table, "encoding-type", std::string("dataframe"));
    write_attribute(file_, table, "_index", std::string("_index"));
    write_texts(file_, std::string(table) + "/_index", names);
  }
  write_attribute(file_, "var", "column-order", std::vector<std::string>{});
}

TinyH5ad::~TinyH5ad() {
  if (H5Aexists_by_name(file_, "obs", "column-order", H5P_DEFAULT) == 0) {
    write_attribute(file_, "obs", "column-order", columns_);
  }
  H5Fclose(file_);
  H5Zunregister(kLzf);
  io::register_lzf_filter();
}

void TinyH5ad::add_sparse(const std::string& object, const std::string& layout,
                          std::span<const Triplet> entries, const Storage& storage) {
  const bool by_row = layout == "csr";
  std::vector<Triplet> sorted(entries.begin(), entries.end());
  const auto major = [&](const Triplet& t) { return by_row ? t.row : t.col; };
  std::ranges::stable_sort(sorted, {}, major);
  std::vector<double> values;
  std::vector<double> indices;
  std::vector<double> starts(static_cast<std::size_t>(by_row ? n_cells_ : n_genes_) + 1);
  for (const Triplet& t : sorted) {
    values.push_back(t.value);
    indices.push_back(static_cast<double>(by_row ? t.col : t.row));
    ++starts[static_cast<std::size_t>(major(t)) + 1];
  }
  for (std::size_t k = 1; k < starts.size(); ++k) starts[k] += starts[k - 1];
  make_group(file_, object);
  write_attribute(file_, object, "encoding-type", layout + "_matrix");
  write_attribute(file_, object, "shape", std::vector<std::int64_t>{n_cells_, n_genes_});
  write_numbers(file_, object + "/data", values, storage);
  Storage as_indices = storage;
  as_indices.type = storage.index_type;
  write_numbers(file_, object + "/indices", indices, as_indices);
  write_numbers(file_, object + "/indptr", starts, {.type = storage.starts_type});
}

void TinyH5ad::add_dense(const std::string& object, std::span<const Triplet> entries,
                         const Storage& storage) {
  std::vector<double> values(static_cast<std::size_t>(n_cells_ * n_genes_));
  for (const Triplet& t : entries) {
    double& value = values[static_cast<std::size_t>(t.row * n_genes_ + t.col)];
    if (value != 0) throw std::runtime_error("tiny_h5ad: two values at one place");
    value = t.value;
  }
  const hsize_t extent[] = {static_cast<hsize_t>(n_cells_), static_cast<hsize_t>(n_genes_)};
  write_array(file_, object, extent, values.data(), H5T_NATIVE_DOUBLE, storage);
}

void TinyH5ad::add_categorical(const std::string& name, const std::vector<std::string>& categories,
                               const std::vector<std::int64_t>& codes,
                               const std::string& codes_type) {
  const std::string group = "obs/" + name;
  make_group(file_, group);
  write_attribute(file_, group, "encoding-type", std::string("categorical"));
  write_texts(file_, group + "/categories", categories);
  write_integers(file_, group + "/codes", codes, codes_type);
  columns_.push_back(name);
}

void TinyH5ad::add_old_categorical(const std::string& name,
                                   const std::vector<std::string>& categories,
                                   const std::vector<std::int64_t>& codes) {
  if (H5Lexists(file_, "obs/__categories", H5P_DEFAULT) <= 0) make_group(file_, "obs/__categories");
  const std::string target = "obs/__categories/" + name;
  write_texts(file_, target, categories);
  write_integers(file_, "obs/" + name, codes, "int8");
  hobj_ref_t reference{};
  checked_status(H5Rcreate(&reference, file_, target.c_str(), H5R_OBJECT, -1), "refer");
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t attribute =
      checked(H5Acreate_by_name(file_, ("obs/" + name).c_str(), "categories", H5T_STD_REF_OBJ,
                                space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
              "categories");
  H5Awrite(attribute, H5T_STD_REF_OBJ, &reference);
  H5Aclose(attribute);
  H5Sclose(space);
  columns_.push_back(name);
}

void TinyH5ad::add_text(const std::string& name, const std::vector<std::string>& values) {
  write_texts(file_, "obs/" + name, values);
  columns_.push_back(name);
}

void TinyH5ad::add_fixed_text(const std::string& name, const std::vector<std::string>& values) {
  write_texts(file_, "obs/" + name, values, true);
  columns_.push_back(name);
}

void TinyH5ad::add_numbers(const std::string& name, const std::vector<double>& values,
                           const Storage& storage) {
  write_numbers(file_, "obs/" + name, values, storage);
  columns_.push_back(name);
}

void TinyH5ad::add_nullable(const std::string& name, const std::string& encoding,
                            const std::vector<double>& values, const std::string& type,
                            const std::vector<double>& mask) {
  const std::string group = "obs/" + name;
  make_group(file_, group);
  write_attribute(file_, group, "encoding-type", encoding);
  write_numbers(file_, group + "/values", values, {.type = type});
  write_numbers(file_, group + "/mask", mask, {.type = "bool"});
  columns_.push_back(name);
}

}  // namespace cupel::test
