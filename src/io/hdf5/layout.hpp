#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "io/filters.hpp"
#include "io/hdf5/object_header.hpp"

namespace cupel::io {

// Where and how the elements of a dataset lie in the file.
struct Layout {
  enum class Kind : std::uint8_t { kCompact, kContiguous, kChunked };
  enum class Index : std::uint8_t { kTree, kSingle };

  Kind kind = Kind::kContiguous;
  std::vector<std::byte> compact;   // the elements themselves
  std::uint64_t address = 0;        // of the elements, or of the index of chunks
  std::uint64_t size = 0;           // of the elements where contiguous
  std::vector<std::int64_t> chunk;  // extents of a chunk
  Index index = Index::kTree;
  std::uint64_t single_size = 0;     // of the only chunk, if it is filtered
  std::uint32_t single_skipped = 0;  // its filters that were not applied
};

// Reads the layout message. Throws `damaged`, or NeedsLibrary for a kind we do not know.
[[nodiscard]] Layout read_layout(const ObjectHeader& header, const Where& where);

// Reads the filter message; no filters without one.
[[nodiscard]] Pipeline read_filters(const ObjectHeader& header, const Where& where);

// The bytes of an element that was never written; empty for zeros.
[[nodiscard]] std::vector<std::byte> read_fill_value(const ObjectHeader& header,
                                                     const Where& where);

}  // namespace cupel::io
