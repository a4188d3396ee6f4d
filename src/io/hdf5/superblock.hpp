#pragma once
#include <cstdint>

#include "io/hdf5/raw_file.hpp"

namespace cupel::io {

// Address of the root group's object header. Throws Error(kInput) for a damaged or cut-off file,
// NeedsLibrary for one that is laid out unusually.
[[nodiscard]] std::uint64_t find_root(const RawFile& file);

}  // namespace cupel::io
