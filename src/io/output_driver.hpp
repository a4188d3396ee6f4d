#pragma once
#include <hdf5.h>

#include <cstdint>

namespace cupel::io {

// Where an HDF5 file is being written, and what went wrong.
struct OutputState {
  int descriptor = -1;
  std::uint64_t size = 0;  // bytes up to the end of the furthest write
  int error = 0;           // errno of the first write that failed
};

// Makes HDF5 write through `state`, which must outlive the file. After a write has failed, further
// ones are dropped and reported to HDF5 as done: HDF5 1.10 crashes at exit when it cannot close a
// file, so it must never learn that the disk is full. The owner of `state` looks at `error`.
herr_t set_output_driver(hid_t access_properties, OutputState* state);

}  // namespace cupel::io
