#include "io/strings.hpp"

#include <algorithm>
#include <cstring>

#include "io/hdf5_handle.hpp"

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
    out.reserve(out.size() + pointers.size());
    for (const char* text : pointers) out.emplace_back(text == nullptr ? "" : text);
  }
  const auto extent = static_cast<hsize_t>(count);
  const Handle space(H5Screate_simple(1, &extent, nullptr), H5Sclose);
  H5Dvlen_reclaim(memory.id(), space.id(), H5P_DEFAULT, pointers.data());
  return ok;
}

bool read_fixed(hid_t type, std::int64_t count, const std::function<bool(hid_t, void*)>& read,
                std::vector<std::string>& out) {
  const std::size_t width = H5Tget_size(type);
  if (width == 0) return false;
  const bool spaces = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
  const Handle memory(H5Tcopy(type), H5Tclose);
  std::vector<char> bytes(static_cast<std::size_t>(count) * width);
  if (!read(memory.id(), bytes.data())) return false;
  out.reserve(out.size() + static_cast<std::size_t>(count));
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    std::size_t length = strnlen(bytes.data() + at, width);
    while (spaces && length > 0 && bytes[at + length - 1] == ' ') --length;
    out.emplace_back(bytes.data() + at, length);
  }
  return true;
}

}  // namespace

bool read_texts(hid_t type, std::int64_t count, const std::function<bool(hid_t, void*)>& read,
                std::vector<std::string>& out) {
  const Hdf5Lock lock;
  if (H5Tget_class(type) != H5T_STRING) return false;
  return H5Tis_variable_str(type) > 0 ? read_variable(type, count, read, out)
                                      : read_fixed(type, count, read, out);
}

std::vector<std::string> read_text_dataset(hid_t dataset, std::int64_t rows, const Where& where) {
  const Hdf5Lock lock;
  const Handle type(H5Dget_type(dataset), H5Tclose);
  std::vector<std::string> texts;
  // In blocks, so that the library's own copies of the texts never exist all at once.
  constexpr std::int64_t kBlock = 1 << 16;
  const Handle space(H5Dget_space(dataset), H5Sclose);
  for (std::int64_t begin = 0; begin < rows; begin += kBlock) {
    const auto start = static_cast<hsize_t>(begin);
    const auto count = static_cast<hsize_t>(std::min(kBlock, rows - begin));
    const Handle block(H5Screate_simple(1, &count, nullptr), H5Sclose);
    H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, &start, nullptr, &count, nullptr);
    const auto read = [&](hid_t memory_type, void* to) {
      return H5Dread(dataset, memory_type, block.id(), space.id(), H5P_DEFAULT, to) >= 0;
    };
    if (!read_texts(type.id(), static_cast<std::int64_t>(count), read, texts)) {
      throw damaged(where, "its text cannot be read");
    }
  }
  return texts;
}

}  // namespace cupel::io
