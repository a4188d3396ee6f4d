#include "io/hdf5/superblock.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "io/hdf5/bytes.hpp"

namespace cupel::io {

std::uint64_t find_root(const RawFile& file) {
  constexpr std::int64_t kLongest = 128;
  constexpr std::size_t kSignatureBytes = 8;
  const Where where = file.where("/");
  const auto bytes =
      read_block(file, 0, static_cast<std::uint64_t>(std::min(kLongest, file.end())), where);
  ByteReader reader(bytes, where);
  reader.skip(kSignatureBytes);
  const auto version = reader.number(1);
  if (version > 3) throw damaged(where, fmt::format("its superblock has version {}", version));
  if (version < 2) reader.skip(4);  // versions of other things
  const auto address_bytes = reader.number(1);
  const auto size_bytes = reader.number(1);
  if (address_bytes != 8 || size_bytes != 8) {
    if (address_bytes != 2 && address_bytes != 4) reader.fail();
    throw NeedsLibrary{};
  }
  if (version < 2) {
    reader.skip(1 + 2 + 2 + 4);            // reserved, sizes of tree nodes, flags
    if (version == 1) reader.skip(2 + 2);  // size of chunk index nodes, reserved
  } else {
    reader.skip(1);  // flags
  }
  const auto base = reader.number(8);
  if (base != static_cast<std::uint64_t>(file.base())) {
    if (base > static_cast<std::uint64_t>(file.size())) reader.fail();
    throw NeedsLibrary{};
  }
  reader.skip(8);  // free space, or an extension that changes nothing for reading
  // The end of file counts from the file's first byte, the user's block included.
  const auto end = reader.number(8);
  if (end > static_cast<std::uint64_t>(file.size())) {
    throw cut_off(file.path(), static_cast<std::uint64_t>(file.size()), end);
  }
  if (version < 2) reader.skip(8 + 8);  // driver information; the root's name
  return reader.number(8);
}

}  // namespace cupel::io
