#include "io/hdf5_output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "cupel/error.hpp"

namespace cupel::io {

Hdf5Output::Hdf5Output(std::string path) : path_(std::move(path)), temporary_(path_) {
  constexpr mode_t kMode = 0666;  // less the user's mask
  state_.descriptor = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  if (state_.descriptor < 0) {
    throw Error(ErrorKind::kInput, fmt::format("{}: cannot create this file: {}; choose a folder "
                                               "that exists and that you may write to",
                                               path_, std::strerror(errno)));
  }
  try {
    const Hdf5Lock lock;
    const Handle access(check(H5Pcreate(H5P_FILE_ACCESS)), H5Pclose);
    check(set_output_driver(access.id(), &state_));
    file_ = check(H5Fcreate(temporary_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()));
  } catch (...) {
    remove();
    throw;
  }
}

Hdf5Output::~Hdf5Output() { remove(); }

bool Hdf5Output::close() noexcept {
  if (file_ < 0) return true;
  const Hdf5Lock lock;
  return H5Fclose(std::exchange(file_, H5I_INVALID_HID)) >= 0;
}

void Hdf5Output::remove() noexcept {
  close();
  if (state_.descriptor < 0) return;
  ::close(std::exchange(state_.descriptor, -1));
  ::unlink(temporary_.c_str());
}

void Hdf5Output::commit() {
  check(close() ? 0 : -1);
  // Some file systems tell only now that there is no room.
  if (::close(state_.descriptor) != 0) state_.error = errno;
  state_.descriptor = -1;
  if (state_.error == 0 && std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    state_.error = errno;
  }
  if (state_.error == 0) return;
  ::unlink(temporary_.c_str());
  fail();
}

void Hdf5Output::fail() const {
  throw Error(
      ErrorKind::kInput,
      fmt::format("{}: cannot write: {} after {} bytes; free space or write somewhere else", path_,
                  state_.error != 0 ? std::strerror(state_.error) : "HDF5 refused", state_.size));
}

}  // namespace cupel::io
