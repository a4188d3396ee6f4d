#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/hdf5_file.hpp"
#include "io/object_header.hpp"

namespace cupel::io {

// The attributes of an open object. One that is absent or of another kind reads as nothing: whoever
// asks knows what its absence means.
class Attributes {
 public:
  // `object` has to stay open. Throws `damaged` naming `where`.
  Attributes(const Hdf5File& file, hid_t object, Where where);

  [[nodiscard]] bool has(const std::string& name) const;
  [[nodiscard]] std::optional<std::string> text(const std::string& name) const;
  [[nodiscard]] std::optional<std::vector<std::string>> texts(const std::string& name) const;
  [[nodiscard]] std::optional<std::vector<std::int64_t>> integers(const std::string& name) const;

 private:
  [[nodiscard]] const StoredAttribute* find(std::string_view name) const;

  const Hdf5File* file_;
  hid_t object_;
  Where where_;
  std::optional<std::vector<StoredAttribute>> stored_;  // nothing: to be read by libhdf5
};

}  // namespace cupel::io
