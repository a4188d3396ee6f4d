#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/errors.hpp"
#include "io/hdf5_handle.hpp"

namespace cupel::io {

class GlobalHeap;

// An HDF5 file opened for reading: through libhdf5 for its structure, and as a plain file for bulk
// bytes, which worker threads may fetch at once.
class Hdf5File {
 public:
  // Throws Error(kInput) that says what the path is instead.
  explicit Hdf5File(std::string path);
  ~Hdf5File();
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] hid_t id() const noexcept { return file_.id(); }
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }
  [[nodiscard]] Where where(std::string_view object) const { return {path_, std::string(object)}; }

  [[nodiscard]] bool is_group(const std::string& object) const;
  [[nodiscard]] bool is_dataset(const std::string& object) const;
  // Throw when there is no such object.
  [[nodiscard]] Handle open_dataset(const std::string& object) const;
  [[nodiscard]] Handle open_object(const std::string& object) const;
  // Names of a group's links, sorted by codepoint.
  [[nodiscard]] std::vector<std::string> members(const std::string& group) const;

  // Reads [offset, offset + size) of the file itself; false when that is past its end. Thread safe.
  [[nodiscard]] bool read_bytes(std::int64_t offset, std::int64_t size, void* to) const;
  // The same from an address as the file's own structures state it.
  [[nodiscard]] bool read_at(std::int64_t address, std::int64_t size, void* to) const {
    return address >= 0 && address <= size_ - base_ && read_bytes(base_ + address, size, to);
  }
  [[nodiscard]] std::int64_t end_of_addresses() const noexcept { return size_ - base_; }
  // Addresses and sizes have 8 bytes, as in every file but those made to be tiny.
  [[nodiscard]] bool has_wide_addresses() const noexcept { return has_wide_addresses_; }
  // Not thread safe: for use under an Hdf5Lock.
  [[nodiscard]] GlobalHeap& heap() const { return *heap_; }

  // Throws `damaged` when a file of this size cannot possibly hold so many bytes.
  void require_plausible(std::string_view object, double logical_bytes) const;

 private:
  std::string path_;
  int descriptor_ = -1;
  std::int64_t size_ = 0;
  std::int64_t base_ = 0;  // where address 0 lies
  bool has_wide_addresses_ = false;
  std::unique_ptr<GlobalHeap> heap_;
  Handle file_;
};

// Dimensions of a dataset; empty for a scalar.
[[nodiscard]] std::vector<std::int64_t> dimensions(hid_t dataset);

}  // namespace cupel::io
