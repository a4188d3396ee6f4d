#include "io/hdf5/layout.hpp"

#include <cstring>

#include "io/hdf5/bytes.hpp"

namespace cupel::io {
namespace {

// Extents of a chunk; the last number in the message is the size of an element.
std::vector<std::int64_t> read_chunk_extents(ByteReader& reader, std::uint64_t count,
                                             std::size_t bytes) {
  constexpr std::uint64_t kMostDimensions = 33;
  if (count < 2 || count > kMostDimensions) reader.fail();
  std::vector<std::int64_t> extents;
  for (std::uint64_t k = 0; k < count; ++k) {
    const auto extent = reader.number(bytes);
    if (extent == 0 || extent > 0xffffffffU) reader.fail();
    extents.push_back(static_cast<std::int64_t>(extent));
  }
  extents.pop_back();
  return extents;
}

void read_chunks(ByteReader& reader, Layout& layout) {
  const auto count = reader.number(1);
  layout.address = reader.number(8);
  layout.chunk = read_chunk_extents(reader, count, 4);
}

// The layout message of HDF5 before 1.6.3.
void read_old_layout(ByteReader& reader, Layout& layout) {
  const auto count = reader.number(1);
  const auto kind = reader.number(1);
  if (kind > 2) reader.fail();
  layout.kind = static_cast<Layout::Kind>(kind);
  reader.skip(5);
  if (layout.kind != Layout::Kind::kCompact) layout.address = reader.number(8);
  if (layout.kind == Layout::Kind::kChunked) {
    layout.chunk = read_chunk_extents(reader, count, 4);
    return;
  }
  reader.skip(4 * count);  // the dataset's extents once more
  if (layout.kind == Layout::Kind::kCompact) {
    const auto bytes = reader.take(reader.number(4));
    layout.compact.assign(bytes.begin(), bytes.end());
  }
}

void read_new_chunks(ByteReader& reader, Layout& layout) {
  constexpr std::uint64_t kSingle = 1;
  constexpr std::uint64_t kMostIndexKinds = 5;
  constexpr std::uint64_t kSingleIsFiltered = 2;
  const auto flags = reader.number(1);
  const auto count = reader.number(1);
  const auto bytes = reader.number(1);
  if (bytes < 1 || bytes > 8) reader.fail();
  layout.chunk = read_chunk_extents(reader, count, bytes);
  const auto index = reader.number(1);
  if (index < 1 || index > kMostIndexKinds) reader.fail();
  if (index != kSingle) throw NeedsLibrary{};
  layout.index = Layout::Index::kSingle;
  if ((flags & kSingleIsFiltered) != 0) {
    layout.single_size = reader.number(8);
    layout.single_skipped = static_cast<std::uint32_t>(reader.number(4));
  }
  layout.address = reader.number(8);
}

}  // namespace

Layout read_layout(const ObjectHeader& header, const Where& where) {
  const auto* message = header.find_own(MessageType::kLayout);
  if (message == nullptr) throw damaged(where, "its header cannot be read");
  if (header.find_own(MessageType::kExternalFiles) != nullptr) throw elsewhere(where);
  ByteReader reader(message->body, where);
  Layout layout;
  const auto version = reader.number(1);
  if (version == 1 || version == 2) {
    read_old_layout(reader, layout);
    return layout;
  }
  if (version != 3 && version != 4) reader.fail();
  switch (reader.number(1)) {
    case 0: {
      layout.kind = Layout::Kind::kCompact;
      const auto bytes = reader.take(reader.number(2));
      layout.compact.assign(bytes.begin(), bytes.end());
      break;
    }
    case 1:
      layout.kind = Layout::Kind::kContiguous;
      layout.address = reader.number(8);
      layout.size = reader.number(8);
      break;
    case 2:
      layout.kind = Layout::Kind::kChunked;
      version == 3 ? read_chunks(reader, layout) : read_new_chunks(reader, layout);
      break;
    case 3:
      throw elsewhere(where);
    default:
      reader.fail();
  }
  return layout;
}

Pipeline read_filters(const ObjectHeader& header, const Where& where) {
  constexpr std::uint64_t kMostFilters = 32;
  constexpr std::uint64_t kFirstNamed = 256;  // in version 2 lower ones have no name
  Pipeline pipeline;
  const auto* message = header.find_own(MessageType::kFilters);
  if (message == nullptr) return pipeline;
  ByteReader reader(message->body, where);
  const auto version = reader.number(1);
  const auto count = reader.number(1);
  if (version < 1 || version > 2 || count > kMostFilters) reader.fail();
  if (version == 1) reader.skip(6);
  for (std::uint64_t k = 0; k < count; ++k) {
    Filter filter;
    const auto id = reader.number(2);
    filter.id = static_cast<int>(id);
    const bool has_name = version == 1 || id >= kFirstNamed;
    const auto name_bytes = has_name ? reader.number(2) : 0;
    reader.skip(2);  // flags
    const auto parameters = reader.number(2);
    const auto padded = version == 1 ? (name_bytes + 7) / 8 * 8 : name_bytes;
    const auto name = reader.take(padded);
    const auto* text = reinterpret_cast<const char*>(name.data());
    filter.name.assign(text, strnlen(text, name.size()));
    for (std::uint64_t p = 0; p < parameters; ++p) {
      filter.parameters.push_back(static_cast<unsigned>(reader.number(4)));
    }
    if (version == 1 && parameters % 2 != 0) reader.skip(4);
    pipeline.filters.push_back(std::move(filter));
  }
  return pipeline;
}

std::vector<std::byte> read_fill_value(const ObjectHeader& header, const Where& where) {
  const auto* message = header.find_own(MessageType::kFillValue);
  if (message == nullptr) return {};
  ByteReader reader(message->body, where);
  const auto version = reader.number(1);
  bool is_defined = true;
  if (version == 1 || version == 2) {
    reader.skip(2);
    is_defined = reader.number(1) != 0 || version == 1;
  } else if (version == 3) {
    is_defined = (reader.number(1) & 0x20) != 0;
  } else {
    reader.fail();
  }
  if (!is_defined) return {};
  const auto size = reader.number(4);
  if (size > reader.left()) return {};  // "not set" is a size of -1
  const auto bytes = reader.take(size);
  return {bytes.begin(), bytes.end()};
}

}  // namespace cupel::io
