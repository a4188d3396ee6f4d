#pragma once
#include <hdf5.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "io/errors.hpp"

namespace cupel::io {

// Reads `count` texts of the HDF5 string type `type`, fixed or variable in length, by calling
// read(memory_type, buffer) once. False when the type is not text or the reading fails.
[[nodiscard]] bool read_texts(hid_t type, std::int64_t count,
                              const std::function<bool(hid_t, void*)>& read,
                              std::vector<std::string>& out);

// The `rows` texts of a one-dimensional dataset. Throws Error(kInput).
[[nodiscard]] std::vector<std::string> read_text_dataset(hid_t dataset, std::int64_t rows,
                                                         const Where& where);

}  // namespace cupel::io
