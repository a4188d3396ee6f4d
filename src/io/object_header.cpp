#include "io/object_header.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/bytes.hpp"
#include "io/global_heap.hpp"

namespace cupel::io {
namespace {

constexpr std::uint64_t kAttribute = 0x0c;
constexpr std::uint64_t kContinuation = 0x10;
constexpr std::uint64_t kAttributeInfo = 0x15;
constexpr std::uint64_t kUndefined = ~std::uint64_t{0};
constexpr std::int64_t kMostHeaderBytes = std::int64_t{64} << 20;

struct Block {
  std::int64_t address = 0;
  std::int64_t size = 0;
};

struct Message {
  std::uint64_t type = 0;
  std::uint64_t flags = 0;
  std::span<const std::byte> body;
};

// Walks the blocks of a header of version 1 or 2. Throws `damaged`.
class HeaderWalk {
 public:
  HeaderWalk(const Hdf5File& file, std::int64_t address, const Where& where)
      : file_(&file), where_(&where) {
    constexpr std::int64_t kLongestPrefix = 64;
    std::vector<std::byte> prefix(static_cast<std::size_t>(
        std::clamp<std::int64_t>(file.end_of_addresses() - address, 16, kLongestPrefix)));
    if (!file.read_at(address, static_cast<std::int64_t>(prefix.size()), prefix.data())) fail();
    ByteReader reader(prefix);
    if (std::memcmp(prefix.data(), "OHDR\2", 5) == 0) {
      reader.skip(5);
      version_ = 2;
      flags_ = reader.number(1);
      reader.skip((flags_ & 0x20) != 0 ? 16 : 0);  // times
      reader.skip((flags_ & 0x10) != 0 ? 4 : 0);   // when to store attributes elsewhere
      const auto size = reader.number(std::size_t{1} << (flags_ & 3));
      first_ = block(static_cast<std::uint64_t>(address) + reader.position(), size);
    } else if (reader.number(1) == 1) {
      version_ = 1;
      reader.skip(7);
      first_ = block(static_cast<std::uint64_t>(address) + 16, reader.number(4));
    } else {
      fail();
    }
  }

  // Calls use(message) for each until it returns false.
  template <typename Use>
  void each(const Use& use) {
    std::vector<Block> blocks{first_};
    std::int64_t total = 0;
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      total += blocks[k].size;
      if (total > kMostHeaderBytes || blocks.size() > kMostBlocks) fail();
      std::vector<std::byte> bytes(static_cast<std::size_t>(blocks[k].size));
      if (!file_->read_at(blocks[k].address, blocks[k].size, bytes.data())) fail();
      std::span<const std::byte> messages(bytes);
      if (version_ == 2 && k > 0) {  // signature in front, checksum behind
        if (messages.size() < 8 || std::memcmp(messages.data(), "OCHK", 4) != 0) fail();
        messages = messages.subspan(4, messages.size() - 8);
      }
      if (!each_in_block(messages, blocks, use)) return;
    }
  }

 private:
  static constexpr std::size_t kMostBlocks = 4096;

  [[noreturn]] void fail() const { throw damaged(*where_, "its header cannot be read"); }

  Block block(std::uint64_t address, std::uint64_t size) const {
    const auto end = static_cast<std::uint64_t>(file_->end_of_addresses());
    if (address > end || size > end - address) fail();
    return {static_cast<std::int64_t>(address), static_cast<std::int64_t>(size)};
  }

  template <typename Use>
  bool each_in_block(std::span<const std::byte> messages, std::vector<Block>& blocks,
                     const Use& use) {
    ByteReader reader(messages);
    const std::size_t head = version_ == 1 ? 8 : (flags_ & 4) != 0 ? 6 : 4;
    while (reader.left() >= head) {
      Message message;
      message.type = reader.number(version_ == 1 ? 2 : 1);
      const auto size = reader.number(2);
      message.flags = reader.number(1);
      reader.skip(head - (version_ == 1 ? 5 : 4));
      message.body = reader.take(size);
      if (!reader.ok()) fail();
      if (message.type == kContinuation) {
        ByteReader where(message.body);
        const auto address = where.number(8);
        const auto length = where.number(8);
        if (!where.ok()) fail();
        blocks.push_back(block(address, length));
      } else if (!use(message)) {
        return false;
      }
    }
    return true;
  }

  const Hdf5File* file_;
  const Where* where_;
  int version_ = 0;
  std::uint64_t flags_ = 0;
  Block first_;
};

// Number of elements; -1 if it is not understood.
std::int64_t count_values(std::span<const std::byte> dataspace) {
  ByteReader reader(dataspace);
  const auto version = reader.number(1);
  const auto rank = reader.number(1);
  reader.skip(1);
  if (version == 1) {
    reader.skip(5);
  } else if (version == 2) {
    if (reader.number(1) == 2) return 0;  // null
  } else {
    return -1;
  }
  std::uint64_t values = 1;
  for (std::uint64_t k = 0; k < rank; ++k) {
    const auto extent = reader.number(8);
    if (extent > kMostHeaderBytes || values * extent > kMostHeaderBytes) return -1;
    values *= extent;
  }
  return reader.ok() ? static_cast<std::int64_t>(values) : -1;
}

void describe_type(ByteReader& reader, StoredAttribute& attribute) {
  constexpr std::uint64_t kInteger = 0;
  constexpr std::uint64_t kString = 3;
  constexpr std::uint64_t kVariable = 9;
  const auto type_class = reader.number(1) & 15;
  const auto bits = reader.number(3);
  attribute.element_bytes = static_cast<std::int64_t>(reader.number(4));
  if (type_class == kString) {
    attribute.kind = StoredAttribute::Kind::kFixedText;
    attribute.padded_with_spaces = (bits & 15) == 2;
  } else if (type_class == kVariable && (bits & 15) == 1) {
    if (attribute.element_bytes == GlobalHeap::kReferenceBytes) {
      attribute.kind = StoredAttribute::Kind::kVariableText;
    }
  } else if (type_class == kInteger && (bits & 1) == 0 && attribute.element_bytes <= 8) {
    attribute.kind = StoredAttribute::Kind::kInteger;  // little-endian
    attribute.is_signed = (bits & 8) != 0;
  }
}

enum class Parsed : std::uint8_t { kOk, kShared, kDamaged };

Parsed parse_attribute(std::span<const std::byte> body, StoredAttribute& attribute) {
  ByteReader reader(body);
  const auto version = reader.number(1);
  const auto flags = reader.number(1);
  if (version < 1 || version > 3) return Parsed::kDamaged;
  if (version > 1 && flags != 0) return Parsed::kShared;
  const auto name_size = reader.number(2);
  const auto type_size = reader.number(2);
  const auto space_size = reader.number(2);
  if (version == 3) reader.skip(1);
  const auto padded = [&](std::uint64_t size) { return version == 1 ? (size + 7) / 8 * 8 : size; };
  const auto name = reader.take(padded(name_size));
  ByteReader type(reader.take(padded(type_size)));
  const auto space = reader.take(padded(space_size));
  describe_type(type, attribute);
  if (!reader.ok() || !type.ok()) return Parsed::kDamaged;
  const auto* text = reinterpret_cast<const char*>(name.data());
  attribute.name.assign(text, strnlen(text, name.size()));
  attribute.values = count_values(space);
  if (attribute.values < 0 || attribute.element_bytes > kMostHeaderBytes) return Parsed::kDamaged;
  if (attribute.kind == StoredAttribute::Kind::kOther) return Parsed::kOk;
  const auto data =
      reader.take(static_cast<std::size_t>(attribute.values * attribute.element_bytes));
  attribute.data.assign(data.begin(), data.end());
  return reader.ok() ? Parsed::kOk : Parsed::kDamaged;
}

// Where the object's header begins.
std::int64_t header_address(hid_t object, const Where& where) {
  const Hdf5Lock lock;
#if H5_VERSION_GE(1, 12, 0)
  H5O_info1_t info{};
#else
  H5O_info_t info{};
#endif
  if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) {
    throw damaged(where, "its header cannot be read");
  }
  return static_cast<std::int64_t>(info.addr);
}

}  // namespace

std::optional<std::vector<StoredAttribute>> read_stored_attributes(const Hdf5File& file,
                                                                   hid_t object,
                                                                   const Where& where) {
  if (!file.has_wide_addresses()) return std::nullopt;
  std::vector<StoredAttribute> attributes;
  bool all_here = true;
  HeaderWalk walk(file, header_address(object, where), where);
  walk.each([&](const Message& message) {
    constexpr std::uint64_t kShared = 2;
    if (message.type == kAttributeInfo) {
      // Stored elsewhere unless the address of their heap is undefined.
      ByteReader reader(message.body);
      reader.skip(1);
      const auto flags = reader.number(1);
      reader.skip((flags & 1) != 0 ? 2 : 0);
      all_here = reader.number(8) == kUndefined;
    } else if (message.type == kAttribute && (message.flags & kShared) != 0) {
      all_here = false;
    } else if (message.type == kAttribute) {
      const Parsed parsed = parse_attribute(message.body, attributes.emplace_back());
      if (parsed == Parsed::kDamaged) throw damaged(where, "an attribute of it cannot be read");
      all_here = parsed == Parsed::kOk;
    }
    return all_here;
  });
  if (!all_here) return std::nullopt;
  return attributes;
}

}  // namespace cupel::io
