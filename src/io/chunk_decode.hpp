#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "io/filters.hpp"
#include "io/scratch.hpp"

namespace cupel::io {

enum class DecodeStatus : std::uint8_t { kOk, kCorrupt, kWrongSize, kWrongChecksum, kNoMemory };

// "the compressed data is corrupt", ...
[[nodiscard]] const char* describe(DecodeStatus status);

// Undoes the filters of one stored chunk, last applied first, skipping those whose bit is set in
// `skipped`. On success `out` points to exactly `chunk_bytes` decoded bytes, in `stored` itself or
// in `scratch`, until the scratch is used again. Needs pipeline.is_ours(). Thread safe.
[[nodiscard]] DecodeStatus decode_chunk(const Pipeline& pipeline, std::uint32_t skipped,
                                        std::span<std::byte> stored, std::int64_t chunk_bytes,
                                        Scratch& scratch, std::byte*& out);

// Byte k of element i lies at shuffled[k * n + i]; puts it back. Trailing bytes that do not fill
// an element stay as they are.
void unshuffle(std::span<const std::byte> shuffled, std::size_t element_bytes, std::byte* out);

// HDF5's variant of the Fletcher checksum.
[[nodiscard]] std::uint32_t fletcher32(std::span<const std::byte> data);

}  // namespace cupel::io
