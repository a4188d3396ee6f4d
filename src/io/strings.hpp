#pragma once
#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "io/hdf5_file.hpp"

namespace cupel::io {

// Text of a fixed width: up to the first zero byte, without trailing spaces if it is padded so.
[[nodiscard]] std::string fixed_text(const std::byte* bytes, std::int64_t width,
                                     bool padded_with_spaces);

// How an element of text lies in the file.
struct TextType {
  bool is_variable = false;
  bool padded_with_spaces = false;
  std::int64_t bytes = 0;  // in the file: the width, or that of a reference
};

// False if the HDF5 type is not text.
[[nodiscard]] bool describe_text(hid_t type, TextType& out);

// The texts of a one-dimensional dataset whose elements have `element_bytes`, at `offset` of each.
// Nothing if only libhdf5 can read the dataset. Throws Error(kInput).
[[nodiscard]] std::optional<std::vector<std::string>> read_stored_texts(
    const Hdf5File& file, hid_t dataset, const Where& where, const TextType& type,
    std::int64_t element_bytes, std::int64_t offset);

// By libhdf5: reads `count` texts of the string type `type` by calling read(memory_type, buffer)
// once. False when the type is not text or the reading fails.
[[nodiscard]] bool read_texts(hid_t type, std::int64_t count,
                              const std::function<bool(hid_t, void*)>& read,
                              std::vector<std::string>& out);

// The `rows` texts of a one-dimensional dataset, in whichever way it can be read.
[[nodiscard]] std::vector<std::string> read_text_dataset(const Hdf5File& file, hid_t dataset,
                                                         std::int64_t rows, const Where& where);

}  // namespace cupel::io
