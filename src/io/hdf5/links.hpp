#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/hdf5/object_header.hpp"

namespace cupel::io {

// A name in a group and the object header it leads to. A soft or external link leads nowhere here.
struct Link {
  std::string name;
  std::optional<std::uint64_t> address;
};

// All links of a group, sorted by name. Throws `damaged`, or NeedsLibrary for a group whose links
// lie in a heap of their own.
[[nodiscard]] std::vector<Link> read_links(const RawFile& file, const ObjectHeader& group,
                                           const Where& where);

}  // namespace cupel::io
