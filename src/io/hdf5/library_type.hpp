#pragma once
#include <hdf5.h>

#include "io/hdf5/datatype.hpp"
#include "io/hdf5/hdf5_handle.hpp"

namespace cupel::io {

// The HDF5 type as our own description of it. Orders do not matter here: libhdf5 converts.
[[nodiscard]] Datatype describe_type(hid_t type, const Where& where);

// What to ask libhdf5 for to get numbers in this machine's own form.
[[nodiscard]] Handle memory_type(const NumberType& type);

}  // namespace cupel::io
