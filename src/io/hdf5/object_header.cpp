#include "io/hdf5/object_header.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/hdf5/bytes.hpp"

namespace cupel::io {
namespace {

struct Block {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
};

bool begins_with(std::span<const std::byte> bytes, const char* signature) {
  return bytes.size() >= 4 && std::memcmp(bytes.data(), signature, 4) == 0;
}

}  // namespace

ObjectHeader::ObjectHeader(const RawFile& file, std::uint64_t address, const Where& where) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20;
  constexpr std::uint64_t kLongestPrefix = 64;
  constexpr std::uint64_t kBehindPrefix = 16;  // version 1
  const auto end = static_cast<std::uint64_t>(file.end());
  const auto prefix =
      read_block(file, address,
                 address < end ? std::min(kLongestPrefix, end - address) : kLongestPrefix, where);
  ByteReader reader(prefix, where);
  const bool is_new = begins_with(prefix, "OHDR");
  std::size_t message_head = 8;
  std::vector<Block> blocks;
  if (is_new) {
    reader.skip(4);
    if (reader.number(1) != 2) reader.fail();
    const auto flags = reader.number(1);
    reader.skip((flags & 0x20) != 0 ? 16 : 0);  // times
    reader.skip((flags & 0x10) != 0 ? 4 : 0);   // when attributes are stored elsewhere
    message_head = (flags & 4) != 0 ? 6 : 4;
    const auto size = reader.number(std::size_t{1} << (flags & 3));
    blocks.push_back({address + reader.position(), size});
  } else {
    if (reader.number(1) != 1) reader.fail();
    reader.skip(7);
    blocks.push_back({address + kBehindPrefix, reader.number(4)});
  }
  std::uint64_t total = 0;
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    total += blocks[k].size;
    if (blocks[k].size > kMostBytes || total > kMostBytes || k > 4096) reader.fail();
    blocks_.push_back(read_block(file, blocks[k].address, blocks[k].size, where));
    std::span<const std::byte> bytes(blocks_.back());
    if (is_new && k > 0) {  // signature in front, checksum behind
      if (bytes.size() < 8 || !begins_with(bytes, "OCHK")) reader.fail();
      bytes = bytes.subspan(4, bytes.size() - 8);
    }
    ByteReader block(bytes, where);
    while (block.left() >= message_head) {
      Message message;
      message.type = static_cast<MessageType>(block.number(is_new ? 1 : 2));
      const auto size = block.number(2);
      message.is_shared = (block.number(1) & 2) != 0;
      block.skip(message_head - (is_new ? 4 : 5));
      message.body = block.take(size);
      if (message.type == MessageType::kContinuation) {
        ByteReader next(message.body, where);
        const auto at = next.number(8);
        blocks.push_back({at, next.number(8)});
      } else {
        messages_.push_back(message);
      }
    }
  }
}

const ObjectHeader::Message* ObjectHeader::find(MessageType type) const {
  const auto found = std::ranges::find(messages_, type, &Message::type);
  return found == messages_.end() ? nullptr : &*found;
}

const ObjectHeader::Message* ObjectHeader::find_own(MessageType type) const {
  const Message* found = find(type);
  if (found != nullptr && found->is_shared) throw NeedsLibrary{};
  return found;
}

}  // namespace cupel::io
