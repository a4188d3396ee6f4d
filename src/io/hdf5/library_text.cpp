#include "io/hdf5/library_text.hpp"

#include "io/hdf5/hdf5_handle.hpp"
#include "io/hdf5/text.hpp"

namespace cupel::io {
namespace {

bool read_variable(hid_t type, std::int64_t count, const std::function<bool(hid_t, void*)>& read,
                   std::vector<std::string>& out) {
  const Handle memory(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(memory.id(), H5T_VARIABLE);
  H5Tset_cset(memory.id(), H5Tget_cset(type));
  std::vector<char*> pointers(static_cast<std::size_t>(count), nullptr);
  const bool ok = read(memory.id(), pointers.data());
  if (ok) {
    for (const char* text : pointers) out.emplace_back(text == nullptr ? "" : text);
  }
  const auto extent = static_cast<hsize_t>(count);
  const Handle space(H5Screate_simple(1, &extent, nullptr), H5Sclose);
  H5Dvlen_reclaim(memory.id(), space.id(), H5P_DEFAULT, pointers.data());
  return ok;
}

bool read_fixed(hid_t type, std::int64_t count, const std::function<bool(hid_t, void*)>& read,
                std::vector<std::string>& out) {
  const auto width = static_cast<std::int64_t>(H5Tget_size(type));
  const bool spaces = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
  const Handle memory(H5Tcopy(type), H5Tclose);
  std::vector<std::byte> bytes(static_cast<std::size_t>(count * width));
  if (!read(memory.id(), bytes.data())) return false;
  for (std::int64_t k = 0; k < count; ++k) {
    out.push_back(fixed_text(bytes.data() + k * width, width, spaces));
  }
  return true;
}

}  // namespace

bool read_library_texts(hid_t type, std::int64_t count,
                        const std::function<bool(hid_t, void*)>& read,
                        std::vector<std::string>& out) {
  const Hdf5Lock lock;
  return H5Tis_variable_str(type) > 0 ? read_variable(type, count, read, out)
                                      : read_fixed(type, count, read, out);
}

}  // namespace cupel::io
