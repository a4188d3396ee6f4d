#include "io/hdf5/dataspace.hpp"

#include <algorithm>

#include "io/hdf5/bytes.hpp"

namespace cupel::io {

Dataspace read_dataspace(std::span<const std::byte> body, const Where& where) {
  constexpr std::uint64_t kHighestRank = 32;
  constexpr double kMostElements = 0x1p48;
  constexpr std::uint64_t kNull = 2;
  ByteReader reader(body, where);
  Dataspace space;
  const auto version = reader.number(1);
  const auto rank = reader.number(1);
  reader.skip(1);
  if (version == 1) {
    reader.skip(5);
  } else if (version == 2) {
    space.is_null = reader.number(1) == kNull;
  } else {
    reader.fail();
  }
  if (rank > kHighestRank) reader.fail();
  double elements = 1;
  for (std::uint64_t k = 0; k < rank; ++k) {
    const auto extent = reader.number(8);
    elements *= static_cast<double>(std::max<std::uint64_t>(extent, 1));
    if (elements > kMostElements) throw damaged(where, "it claims an impossible shape");
    space.extents.push_back(static_cast<std::int64_t>(extent));
  }
  return space;
}

}  // namespace cupel::io
