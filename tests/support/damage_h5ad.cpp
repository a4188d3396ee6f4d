#include "support/damage_h5ad.hpp"

#include <hdf5.h>

#include <fstream>
#include <stdexcept>

namespace cupel::test {
namespace {

std::size_t do_nothing(unsigned, std::size_t, const unsigned*, std::size_t n_bytes, std::size_t*,
                       void**) {
  return n_bytes;
}

hid_t checked(hid_t id) {
  if (id < 0) throw std::runtime_error("damage_h5ad: HDF5 refused");
  return id;
}

void create(std::int64_t file, const std::string& path, const std::vector<hsize_t>& extents,
            hid_t type, hid_t properties, const void* values) {
  const hid_t space =
      checked(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr));
  const hid_t dataset =
      checked(H5Dcreate2(file, path.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT));
  if (values != nullptr) {
    checked(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
  }
  H5Dclose(dataset);
  H5Sclose(space);
}

}  // namespace

void rename(std::int64_t file, const std::string& from, const std::string& to) {
  checked(H5Lmove(file, from.c_str(), file, to.c_str(), H5P_DEFAULT, H5P_DEFAULT));
}

void delete_attribute(const std::string& path, const std::string& object, const std::string& name) {
  const hid_t file = checked(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
  checked(H5Adelete_by_name(file, object.c_str(), name.c_str(), H5P_DEFAULT));
  H5Fclose(file);
}

void write_with_filter(std::int64_t file, const std::string& path,
                       const std::vector<std::int64_t>& extents, int filter, const char* name) {
  const std::vector<hsize_t> shape(extents.begin(), extents.end());
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(properties, static_cast<int>(shape.size()), shape.data());
  if (filter != 0) {
    const H5Z_class2_t nothing{H5Z_CLASS_T_VERS, filter, 1, 1, name, nullptr, nullptr, do_nothing};
    checked(H5Zregister(&nothing));
    checked(H5Pset_filter(properties, filter, H5Z_FLAG_MANDATORY, 0, nullptr));
  }
  hsize_t n = 1;
  for (const auto extent : shape) n *= extent;
  const std::vector<float> zeros(n);
  create(file, path, shape, H5T_IEEE_F32LE, properties, zeros.data());
  H5Pclose(properties);
  if (filter != 0) checked(H5Zunregister(filter));
}

void write_never(std::int64_t file, const std::string& path, std::int64_t rows,
                 std::int64_t columns) {
  std::vector<hsize_t> shape{static_cast<hsize_t>(rows)};
  if (columns > 0) shape.push_back(static_cast<hsize_t>(columns));
  const std::vector<hsize_t> chunk(shape.size(), 2);
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data());
  create(file, path, shape, H5T_IEEE_F64LE, properties, nullptr);
  H5Pclose(properties);
}

void flip_byte_of_chunk(const std::string& path, const std::string& dataset, std::int64_t at,
                        std::int64_t byte) {
  const hid_t file = checked(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  const hid_t opened = checked(H5Dopen2(file, dataset.c_str(), H5P_DEFAULT));
  const auto coordinate = static_cast<hsize_t>(at);
  unsigned skipped = 0;
  haddr_t address = 0;
  hsize_t size = 0;
  checked(H5Dget_chunk_info_by_coord(opened, &coordinate, &skipped, &address, &size));
  H5Dclose(opened);
  H5Fclose(file);
  std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto place = static_cast<std::streamoff>(address) + byte;
  stream.seekg(place);
  const auto old = static_cast<char>(stream.get());
  stream.seekp(place);
  stream.put(static_cast<char>(old ^ 0x55));
}

}  // namespace cupel::test
