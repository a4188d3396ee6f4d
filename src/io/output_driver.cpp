#include "io/output_driver.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

namespace cupel::io {
namespace {

// What HDF5 keeps per open file; it sees the first member alone.
struct WrittenFile {
  H5FD_t head;
  OutputState* state;
  haddr_t allocated;
};

struct DriverInfo {
  OutputState* state;
};

WrittenFile& of(H5FD_t* file) { return *reinterpret_cast<WrittenFile*>(file); }
const WrittenFile& of(const H5FD_t* file) { return *reinterpret_cast<const WrittenFile*>(file); }

H5FD_t* open_file(const char* /*name*/, unsigned /*flags*/, hid_t properties, haddr_t /*limit*/) {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(properties));
  if (info == nullptr) return nullptr;
  return &std::make_unique<WrittenFile>(WrittenFile{{}, info->state, 0}).release()->head;
}

herr_t close_file(H5FD_t* file) {
  const std::unique_ptr<WrittenFile> owned(&of(file));
  return 0;
}

int compare(const H5FD_t* a, const H5FD_t* b) {
  const int first = of(a).state->descriptor;
  const int second = of(b).state->descriptor;
  return first < second ? -1 : first > second ? 1 : 0;
}

herr_t query(const H5FD_t* /*file*/, unsigned long* flags) {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA;
  return 0;
}

haddr_t get_allocated(const H5FD_t* file, H5FD_mem_t /*type*/) { return of(file).allocated; }

herr_t set_allocated(H5FD_t* file, H5FD_mem_t /*type*/, haddr_t address) {
  of(file).allocated = address;
  return 0;
}

haddr_t get_end(const H5FD_t* file, H5FD_mem_t /*type*/) { return of(file).state->size; }

herr_t read(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address,
            std::size_t size, void* buffer) {
  auto* out = static_cast<char*>(buffer);
  while (size > 0) {
    const ssize_t got = ::pread(of(file).state->descriptor, out, size, static_cast<off_t>(address));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) {  // past the end, as HDF5 expects: zeros
      std::memset(out, 0, size);
      return 0;
    }
    out += got;
    address += static_cast<haddr_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return 0;
}

herr_t write(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address,
             std::size_t size, const void* buffer) {
  OutputState& state = *of(file).state;
  const auto* from = static_cast<const char*>(buffer);
  while (size > 0 && state.error == 0) {
    const ssize_t put = ::pwrite(state.descriptor, from, size, static_cast<off_t>(address));
    if (put < 0) {
      if (errno != EINTR) state.error = errno;
      continue;
    }
    from += put;
    address += static_cast<haddr_t>(put);
    size -= static_cast<std::size_t>(put);
    state.size = std::max<std::uint64_t>(state.size, address);
  }
  return 0;
}

herr_t truncate(H5FD_t* file, hid_t /*transfer*/, hbool_t /*closing*/) {
  OutputState& state = *of(file).state;
  if (state.error != 0) return 0;
  if (::ftruncate(state.descriptor, static_cast<off_t>(of(file).allocated)) != 0) {
    state.error = errno;
  } else {
    state.size = of(file).allocated;
  }
  return 0;
}

hid_t register_driver() {
  H5FD_class_t driver{};
  driver.name = "cupel_output";
#if H5_VERSION_GE(1, 13, 0)
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(513);  // past those reserved for the library
#endif
  driver.maxaddr = static_cast<haddr_t>(std::numeric_limits<off_t>::max());
  driver.fc_degree = H5F_CLOSE_STRONG;
  driver.fapl_size = sizeof(DriverInfo);
  driver.open = open_file;
  driver.close = close_file;
  driver.cmp = compare;
  driver.query = query;
  driver.get_eoa = get_allocated;
  driver.set_eoa = set_allocated;
  driver.get_eof = get_end;
  driver.read = read;
  driver.write = write;
  driver.truncate = truncate;
  const H5FD_mem_t map[] = H5FD_FLMAP_DICHOTOMY;
  std::ranges::copy(map, driver.fl_map);
  return H5FDregister(&driver);
}

}  // namespace

herr_t set_output_driver(hid_t access_properties, OutputState* state) {
  static const hid_t driver = register_driver();
  const DriverInfo info{state};
  return driver < 0 ? -1 : H5Pset_driver(access_properties, driver, &info);
}

}  // namespace cupel::io
