#pragma once
#include <hdf5.h>

#include "io/filters.hpp"

namespace cupel::io {

[[nodiscard]] Pipeline read_pipeline(hid_t creation_properties);

// The first filter that libhdf5 can undo neither by itself nor by an installed plugin; null when
// there is none.
[[nodiscard]] const Filter* find_missing_filter(const Pipeline& pipeline);

// Lets libhdf5 itself read LZF datasets too. Idempotent; false when the library refuses.
bool register_lzf_filter();

}  // namespace cupel::io
