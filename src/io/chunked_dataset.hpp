#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "io/hdf5_output.hpp"

namespace cupel::io {

// A dataset that grows by rows, gzipped in chunks of about 1 MiB. Chunks are compressed on all
// threads and written as they are, past HDF5's own single-threaded filters. The bytes written do
// not depend on the number of threads.
class ChunkedDataset {
 public:
  // `type` is a little-endian file type. `cols` 0 makes a dataset of one dimension. `level` is
  // libdeflate's.
  ChunkedDataset(const Hdf5Output& file, hid_t parent, std::string name, hid_t type,
                 std::int64_t cols, int level);

  void append(const void* rows, std::int64_t n);
  [[nodiscard]] std::int64_t rows() const noexcept { return written_ + pending_rows(); }
  // Writes what is pending and returns the dataset, for its attributes.
  [[nodiscard]] Handle finish();

 private:
  [[nodiscard]] std::int64_t pending_rows() const noexcept;
  void create(std::int64_t chunk_rows);
  void write_chunks(std::int64_t rows);

  const Hdf5Output& file_;
  hid_t parent_;
  std::string name_;
  hid_t type_;
  std::int64_t cols_;
  int level_;
  std::size_t row_bytes_;
  std::int64_t chunk_rows_;
  std::int64_t written_ = 0;
  std::vector<std::byte> pending_;
  Handle dataset_;
};

}  // namespace cupel::io
