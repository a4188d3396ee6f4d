#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/hdf5_handle.hpp"

namespace cupel::io {

// Attributes of an open object. An attribute that is absent or of another kind reads as nothing:
// whoever asks knows what its absence means.
[[nodiscard]] bool has_attribute(hid_t object, const char* name);
[[nodiscard]] std::optional<std::string> text_attribute(hid_t object, const char* name);
[[nodiscard]] std::optional<std::vector<std::string>> text_list_attribute(hid_t object,
                                                                          const char* name);
[[nodiscard]] std::optional<std::vector<std::int64_t>> integer_list_attribute(hid_t object,
                                                                              const char* name);

}  // namespace cupel::io
