#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/hdf5/object_header.hpp"

namespace cupel::io {

// A name in a group and where it leads: to an object header, or to another path, from the root if
// it begins with a slash. A link into another file leads nowhere.
struct Link {
  std::string name;
  std::optional<std::uint64_t> address;
  std::string path;
};

// All links of a group, sorted by name. Throws `damaged`, or NeedsLibrary for a group whose links
// lie in a heap of their own.
[[nodiscard]] std::vector<Link> read_links(const RawFile& file, const ObjectHeader& group,
                                           const Where& where);

}  // namespace cupel::io
