#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "io/errors.hpp"

namespace cupel::io {

// The bytes of an HDF5 file. Reading is thread safe.
class RawFile {
 public:
  // Throws Error(kInput) that says what the path is instead of an HDF5 file.
  explicit RawFile(std::string path);
  ~RawFile();
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }
  [[nodiscard]] Where where(std::string_view object) const { return {path_, std::string(object)}; }

  // Addresses, as the file's structures state them, count from its signature.
  [[nodiscard]] std::int64_t base() const noexcept { return base_; }
  [[nodiscard]] std::int64_t end() const noexcept { return size_ - base_; }
  // Reads [address, address + size); false when that is not all in the file.
  [[nodiscard]] bool read(std::int64_t address, std::int64_t size, void* to) const;

  // Throws `damaged` when a file of this size cannot possibly hold so many bytes.
  void require_plausible(const Where& where, double logical_bytes) const;

 private:
  std::string path_;
  int descriptor_ = -1;
  std::int64_t size_ = 0;
  std::int64_t base_ = 0;
};

}  // namespace cupel::io
