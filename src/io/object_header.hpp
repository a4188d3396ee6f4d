#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/hdf5_file.hpp"

namespace cupel::io {

// An attribute as it lies in its object's header, read by our own hand because libhdf5 does not
// check where a reference to text leads (global_heap.hpp).
struct StoredAttribute {
  enum class Kind : std::uint8_t { kFixedText, kVariableText, kInteger, kOther };

  std::string name;
  Kind kind = Kind::kOther;
  std::int64_t element_bytes = 0;
  bool padded_with_spaces = false;  // fixed text
  bool is_signed = false;           // integers
  std::int64_t values = 0;
  std::vector<std::byte> data;  // values × element_bytes; empty for kOther
};

// All attributes of an open object. Nothing if some are stored in a way that only libhdf5 can
// follow: outside the header, or shared. Throws `damaged`.
[[nodiscard]] std::optional<std::vector<StoredAttribute>> read_stored_attributes(
    const Hdf5File& file, hid_t object, const Where& where);

}  // namespace cupel::io
