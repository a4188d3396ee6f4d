#include "io/hdf5_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "io/global_heap.hpp"

namespace cupel::io {
namespace {

constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";

// The signature stands at byte 0, or at 512, 1024, 2048... behind a block of the user's.
bool has_signature(int descriptor, std::int64_t size) {
  std::array<char, kSignature.size()> head{};
  for (std::int64_t at = 0; at + 8 <= size; at = at == 0 ? 512 : at * 2) {
    if (pread(descriptor, head.data(), head.size(), at) != static_cast<ssize_t>(head.size())) {
      return false;
    }
    if (std::string_view(head.data(), head.size()) == kSignature) return true;
  }
  return false;
}

std::string_view looks_like(int descriptor, std::int64_t size) {
  if (size == 0) return " but empty";
  std::array<char, 4> head{};
  if (pread(descriptor, head.data(), head.size(), 0) < 2) return "";
  const std::string_view magic(head.data(), head.size());
  if (magic.starts_with("\x1f\x8b")) return " but compressed with gzip: gunzip it first";
  if (magic.starts_with("PK")) return " but a zip archive: unpack it first";
  if (magic == "SHPK") return " but a packed archive: write its AnnData as .h5ad";
  return "";
}

Handle open_file(const std::string& path) {
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
#if H5_VERSION_GE(1, 10, 7)
  // We only read; a lock would fail on read-only and some network file systems.
  H5Pset_file_locking(access.id(), false, true);
#endif
  return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose};
}

}  // namespace

Hdf5File::Hdf5File(std::string path) : path_(std::move(path)) {
  struct stat status {};
  if (stat(path_.c_str(), &status) != 0) throw no_such_file(path_, std::strerror(errno));
  if (S_ISDIR(status.st_mode)) {
    throw not_hdf5(path_, " but a folder (a zarr store? write it as .h5ad)");
  }
  if (!S_ISREG(status.st_mode)) throw not_hdf5(path_, " nor any regular file");
  descriptor_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) throw no_such_file(path_, std::strerror(errno));
  size_ = status.st_size;
  // From here on the destructor does not run if we throw.
  const auto fail = [&](const Error& error) {
    close(descriptor_);
    throw error;
  };
  if (!has_signature(descriptor_, size_)) fail(not_hdf5(path_, looks_like(descriptor_, size_)));
  const Hdf5Lock lock;
  file_ = open_file(path_);
  if (!file_.valid()) fail(cannot_open(path_));
  const Handle creation(H5Fget_create_plist(file_.id()), H5Pclose);
  hsize_t base = 0;
  std::size_t address_bytes = 0;
  std::size_t size_bytes = 0;
  H5Pget_userblock(creation.id(), &base);
  H5Pget_sizes(creation.id(), &address_bytes, &size_bytes);
  base_ = static_cast<std::int64_t>(base);
  has_wide_addresses_ = address_bytes == 8 && size_bytes == 8;
  heap_ = std::make_unique<GlobalHeap>(*this);
}

Hdf5File::~Hdf5File() { close(descriptor_); }

namespace {

// H5I_BADID where the path does not lead to an object.
H5I_type_t type_of_object(hid_t file, const std::string& object) {
  // Every step must exist: the library treats a missing middle as an error of its own.
  for (std::size_t slash = object.find('/'); slash != std::string::npos;
       slash = object.find('/', slash + 1)) {
    if (slash > 0 && H5Lexists(file, object.substr(0, slash).c_str(), H5P_DEFAULT) <= 0) {
      return H5I_BADID;
    }
  }
  if (H5Lexists(file, object.c_str(), H5P_DEFAULT) <= 0) return H5I_BADID;
  if (H5Oexists_by_name(file, object.c_str(), H5P_DEFAULT) <= 0) return H5I_BADID;
  const Handle opened(H5Oopen(file, object.c_str(), H5P_DEFAULT), H5Oclose);
  return opened.valid() ? H5Iget_type(opened.id()) : H5I_BADID;
}

}  // namespace

bool Hdf5File::is_group(const std::string& object) const {
  const Hdf5Lock lock;
  return type_of_object(id(), object) == H5I_GROUP;
}

bool Hdf5File::is_dataset(const std::string& object) const {
  const Hdf5Lock lock;
  return type_of_object(id(), object) == H5I_DATASET;
}

Handle Hdf5File::open_dataset(const std::string& object) const {
  const Hdf5Lock lock;
  if (type_of_object(id(), object) != H5I_DATASET) throw missing(where(object), "");
  Handle dataset(H5Dopen2(id(), object.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset.valid()) throw damaged(where(object), "its header cannot be read");
  return dataset;
}

Handle Hdf5File::open_object(const std::string& object) const {
  const Hdf5Lock lock;
  if (type_of_object(id(), object) == H5I_BADID) throw missing(where(object), "");
  Handle opened(H5Oopen(id(), object.c_str(), H5P_DEFAULT), H5Oclose);
  if (!opened.valid()) throw damaged(where(object), "its header cannot be read");
  return opened;
}

std::vector<std::string> Hdf5File::members(const std::string& group) const {
  const Hdf5Lock lock;
  const Handle opened(H5Gopen2(id(), group.c_str(), H5P_DEFAULT), H5Gclose);
  std::vector<std::string> names;
  if (!opened.valid()) return names;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* to) -> herr_t {
    static_cast<std::vector<std::string>*>(to)->emplace_back(name);
    return 0;
  };
  if (H5Literate(opened.id(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add, &names) < 0) {
    throw damaged(where(group), "its list of members cannot be read");
  }
  std::ranges::sort(names);
  return names;
}

bool Hdf5File::read_bytes(std::int64_t offset, std::int64_t size, void* to) const {
  if (offset < 0 || size < 0 || offset > size_ || size > size_ - offset) return false;
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t got = pread(descriptor_, at, static_cast<std::size_t>(size), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    offset += got;
    size -= got;
  }
  return true;
}

void Hdf5File::require_plausible(std::string_view object, double logical_bytes) const {
  constexpr double kAlwaysFine = 256.0 * (1 << 20);
  constexpr double kBestCompression = 4096.0;  // gzip's limit is 1032
  if (logical_bytes > kAlwaysFine &&
      logical_bytes > kBestCompression * static_cast<double>(size_)) {
    throw damaged(where(object), "it claims to be far larger than the file");
  }
}

std::vector<std::int64_t> dimensions(hid_t dataset) {
  const Hdf5Lock lock;
  const Handle space(H5Dget_space(dataset), H5Sclose);
  std::array<hsize_t, H5S_MAX_RANK> extent{};
  const int rank = H5Sget_simple_extent_dims(space.id(), extent.data(), nullptr);
  std::vector<std::int64_t> dims;
  for (int k = 0; k < rank; ++k) {
    dims.push_back(static_cast<std::int64_t>(
        std::min<hsize_t>(extent[static_cast<std::size_t>(k)], INT64_MAX)));
  }
  return dims;
}

}  // namespace cupel::io
