#pragma once
#include <hdf5.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cupel::io {

// Reads `count` texts of the HDF5 string type `type`, fixed or variable in length, by calling
// read(memory_type, buffer) once, and appends them. False when that fails.
[[nodiscard]] bool read_library_texts(hid_t type, std::int64_t count,
                                      const std::function<bool(hid_t, void*)>& read,
                                      std::vector<std::string>& out);

}  // namespace cupel::io
