#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/hdf5/object_header.hpp"

namespace cupel::io {

// What an attribute holds, of the kinds that anyone asks for; nothing of any other.
struct Attribute {
  std::string name;
  std::int64_t values = 0;
  std::vector<std::string> texts;
  std::vector<std::int64_t> integers;
  std::vector<std::uint64_t> references;  // addresses of object headers
};

// The attributes of one object. One that is absent or of another kind reads as nothing: whoever
// asks knows what its absence means.
class Attributes {
 public:
  explicit Attributes(std::vector<Attribute> attributes) : attributes_(std::move(attributes)) {}

  [[nodiscard]] bool has(const std::string& name) const { return find(name) != nullptr; }
  [[nodiscard]] std::optional<std::string> text(const std::string& name) const;
  // Empty for a list of no values, whatever its type: anndata writes no columns as no floats.
  [[nodiscard]] std::optional<std::vector<std::string>> texts(const std::string& name) const;
  [[nodiscard]] std::optional<std::vector<std::int64_t>> integers(const std::string& name) const;
  [[nodiscard]] std::optional<std::uint64_t> reference(const std::string& name) const;

 private:
  [[nodiscard]] const Attribute* find(const std::string& name) const;

  std::vector<Attribute> attributes_;
};

// Throws `damaged`, or NeedsLibrary if some are stored outside the header.
[[nodiscard]] Attributes read_attributes(const RawFile& file, const ObjectHeader& header,
                                         const Where& where);

}  // namespace cupel::io
