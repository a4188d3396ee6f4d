#include "io/hdf5_output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cupel/error.hpp"

namespace cupel {
namespace {

// The errno that the file driver noted on HDF5's error stack; 0 when there is none.
int system_error_on_stack() {
  int found = 0;
  const auto look = [](unsigned /*depth*/, const H5E_error2_t* entry, void* out) -> herr_t {
    constexpr std::string_view kMark = "errno = ";
    const char* at = entry->desc == nullptr ? nullptr : std::strstr(entry->desc, kMark.data());
    if (at != nullptr) *static_cast<int*>(out) = std::atoi(at + kMark.size());
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, look, &found);
  return found;
}

std::uintmax_t size_of(const std::string& path) {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(path, ignored);
  return ignored ? 0 : size;
}

}  // namespace

Hdf5Output::Hdf5Output(std::string path)
    : path_(std::move(path)), temporary_(fmt::format("{}.tmp-{}", path_, ::getpid())) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // we report; HDF5 would print its whole stack
  const Hdf5Properties access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
  file_ = Hdf5File(H5Fcreate(temporary_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()));
  if (!file_.valid()) {
    const int reason = system_error_on_stack();
    throw Error(ErrorKind::kInput,
                fmt::format("{}: cannot create this file: {}; choose a folder that exists and that "
                            "you may write to",
                            path_, reason != 0 ? std::strerror(reason) : "HDF5 refused"));
  }
}

Hdf5Output::~Hdf5Output() {
  if (!file_.valid()) return;
  // Closing writes what HDF5 still holds. On a full disk that needs the room we took.
  std::error_code ignored;
  std::filesystem::resize_file(temporary_, 0, ignored);
  file_.reset();
  std::filesystem::remove(temporary_, ignored);
}

void Hdf5Output::commit() {
  check(H5Fflush(file_.get(), H5F_SCOPE_GLOBAL));
  if (!file_.reset()) {
    std::error_code ignored;
    std::filesystem::remove(temporary_, ignored);
    fail();
  }
  std::error_code failure;
  std::filesystem::rename(temporary_, path_, failure);
  if (failure) {
    std::error_code ignored;
    std::filesystem::remove(temporary_, ignored);
    throw Error(ErrorKind::kInput,
                fmt::format("{}: cannot put the finished file there: {}; choose another name",
                            path_, failure.message()));
  }
}

void Hdf5Output::fail() const {
  const int reason = system_error_on_stack();
  throw Error(
      ErrorKind::kInput,
      fmt::format("{}: cannot write: {} after {} bytes; free space or write somewhere else", path_,
                  reason != 0 ? std::strerror(reason) : "HDF5 refused", size_of(temporary_)));
}

}  // namespace cupel
