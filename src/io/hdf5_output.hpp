#pragma once
#include <string>

#include "io/hdf5/hdf5_handle.hpp"
#include "io/output_driver.hpp"
#include "io/temporary_name.hpp"

namespace cupel::io {

// A new HDF5 file under a temporary name (PATH.tmp-PID) that gets its own name only when complete,
// so a reader never meets half a file. Removed when abandoned.
class Hdf5Output {
 public:
  explicit Hdf5Output(std::string path);
  ~Hdf5Output();
  Hdf5Output(Hdf5Output&&) = delete;
  Hdf5Output& operator=(Hdf5Output&&) = delete;
  Hdf5Output(const Hdf5Output&) = delete;
  Hdf5Output& operator=(const Hdf5Output&) = delete;

  [[nodiscard]] hid_t id() const noexcept { return file_; }
  // Passes a result of the HDF5 library on. A failed one throws Error(kInput) that names the file,
  // the system's reason and the bytes written by then.
  template <typename Result>
  Result check(Result result) const {
    if (result < 0 || state_.error != 0) fail();
    return result;
  }
  // Closes the file and renames it. Every other id that belongs to the file must be closed.
  void commit();

 private:
  [[noreturn]] void fail() const;
  bool close() noexcept;  // false when HDF5 could not
  void remove() noexcept;

  std::string path_;
  TemporaryName temporary_;
  OutputState state_;
  hid_t file_ = H5I_INVALID_HID;
};

}  // namespace cupel::io
