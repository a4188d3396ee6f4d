#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "io/hdf5/layout.hpp"
#include "io/hdf5/raw_file.hpp"

namespace cupel::io {

// Where one chunk of a dataset is stored.
struct StoredChunk {
  std::uint64_t number = 0;  // counted row by row over the grid of chunks
  std::uint64_t address = 0;
  std::uint32_t size = 0;
  std::uint32_t skipped = 0;  // filters that were not applied to it, one bit each
};

// All chunks that were written, by ascending number. Read in one pass, which takes microseconds per
// chunk; libhdf5 before 1.14 searches its whole index for each.
class ChunkIndex {
 public:
  ChunkIndex() = default;
  // `extents` are the dataset's, `chunk_bytes` the size of a decoded chunk. Throws `damaged`.
  ChunkIndex(const RawFile& file, const Layout& layout, std::span<const std::int64_t> extents,
             std::int64_t chunk_bytes, const Where& where);

  // Null for a chunk that was never written.
  [[nodiscard]] const StoredChunk* find(std::uint64_t number) const;
  [[nodiscard]] std::int64_t stored_bytes() const noexcept { return stored_bytes_; }

 private:
  std::vector<StoredChunk> chunks_;
  std::int64_t stored_bytes_ = 0;
};

}  // namespace cupel::io
