#include "support/hdf5_probe.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <memory>
#include <stdexcept>

namespace cupel::test {
namespace {

// Closes an id of any kind.
class Id {
 public:
  Id(hid_t id, const std::string& what) : id_(id) {
    if (id < 0) throw std::runtime_error("cannot open " + what);
  }
  ~Id() { H5Idec_ref(id_); }
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
};

std::vector<std::int64_t> extent(hid_t space) {
  std::vector<hsize_t> dims(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
  H5Sget_simple_extent_dims(space, dims.data(), nullptr);
  return {dims.begin(), dims.end()};
}

Id string_type() {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return {type, "string type"};
}

std::vector<std::string> take_strings(std::vector<char*>& pointers) {
  std::vector<std::string> texts;
  for (char* pointer : pointers) {
    texts.emplace_back(pointer == nullptr ? "" : pointer);
    H5free_memory(pointer);
  }
  return texts;
}

}  // namespace

Hdf5Probe::Hdf5Probe(const std::string& path)
    : file_(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT)) {
  if (file_ < 0) throw std::runtime_error("cannot open " + path);
}

Hdf5Probe::~Hdf5Probe() { H5Fclose(file_); }

bool Hdf5Probe::has(const std::string& object) const {
  return H5Lexists(file_, object.c_str(), H5P_DEFAULT) > 0;
}

std::vector<double> Hdf5Probe::numbers(const std::string& dataset) const {
  const Id data(H5Dopen2(file_, dataset.c_str(), H5P_DEFAULT), dataset);
  const Id space(H5Dget_space(data), dataset);
  std::vector<double> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  if (H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
    throw std::runtime_error("cannot read " + dataset);
  }
  return values;
}

std::vector<std::string> Hdf5Probe::strings(const std::string& dataset) const {
  const Id data(H5Dopen2(file_, dataset.c_str(), H5P_DEFAULT), dataset);
  const Id space(H5Dget_space(data), dataset);
  std::vector<char*> pointers(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  if (H5Dread(data, string_type(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) < 0) {
    throw std::runtime_error("cannot read " + dataset);
  }
  return take_strings(pointers);
}

std::vector<std::int64_t> Hdf5Probe::shape(const std::string& dataset) const {
  const Id data(H5Dopen2(file_, dataset.c_str(), H5P_DEFAULT), dataset);
  return extent(Id(H5Dget_space(data), dataset));
}

std::vector<std::int64_t> Hdf5Probe::chunk(const std::string& dataset) const {
  const Id data(H5Dopen2(file_, dataset.c_str(), H5P_DEFAULT), dataset);
  const Id layout(H5Dget_create_plist(data), dataset);
  std::vector<hsize_t> dims(shape(dataset).size());
  if (H5Pget_chunk(layout, static_cast<int>(dims.size()), dims.data()) < 0) return {};
  return {dims.begin(), dims.end()};
}

std::string Hdf5Probe::type(const std::string& dataset) const {
  const Id data(H5Dopen2(file_, dataset.c_str(), H5P_DEFAULT), dataset);
  const Id kind(H5Dget_type(data), dataset);
  switch (H5Tget_class(kind)) {
    case H5T_STRING:
      return "str";
    case H5T_FLOAT:
      return fmt::format("f{}", H5Tget_size(kind));
    default:
      return fmt::format("i{}", H5Tget_size(kind));
  }
}

std::string Hdf5Probe::text_attribute(const std::string& object, const char* name) const {
  return texts_attribute(object, name).at(0);
}

std::vector<std::string> Hdf5Probe::texts_attribute(const std::string& object,
                                                    const char* name) const {
  const Id attribute(H5Aopen_by_name(file_, object.c_str(), name, H5P_DEFAULT, H5P_DEFAULT),
                     object + "@" + name);
  const Id space(H5Aget_space(attribute), name);
  std::vector<char*> pointers(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  if (pointers.empty()) return {};
  if (H5Aread(attribute, string_type(), pointers.data()) < 0) {
    throw std::runtime_error("cannot read " + object + "@" + name);
  }
  return take_strings(pointers);
}

std::vector<std::int64_t> Hdf5Probe::numbers_attribute(const std::string& object,
                                                       const char* name) const {
  const Id attribute(H5Aopen_by_name(file_, object.c_str(), name, H5P_DEFAULT, H5P_DEFAULT),
                     object + "@" + name);
  const Id space(H5Aget_space(attribute), name);
  std::vector<std::int64_t> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  if (H5Aread(attribute, H5T_NATIVE_INT64, values.data()) < 0) {
    throw std::runtime_error("cannot read " + object + "@" + name);
  }
  return values;
}

}  // namespace cupel::test
