#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "io/hdf5/raw_file.hpp"

namespace cupel::io {

enum class MessageType : std::uint16_t {
  kDataspace = 0x01,
  kLinkInfo = 0x02,
  kDatatype = 0x03,
  kFillValue = 0x05,
  kLink = 0x06,
  kExternalFiles = 0x07,
  kLayout = 0x08,
  kGroupInfo = 0x0a,
  kFilters = 0x0b,
  kAttribute = 0x0c,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
  kAttributeInfo = 0x15,
};

// Everything the file says of one object: a list of messages, from all the places they lie in.
class ObjectHeader {
 public:
  struct Message {
    MessageType type;
    bool is_shared = false;  // the body lies elsewhere
    std::span<const std::byte> body;
  };

  // Throws `damaged` naming `where`.
  ObjectHeader(const RawFile& file, std::uint64_t address, const Where& where);

  [[nodiscard]] const std::vector<Message>& messages() const noexcept { return messages_; }
  // The first of this type, null if there is none.
  [[nodiscard]] const Message* find(MessageType type) const;
  // The same. Throws NeedsLibrary if it is shared.
  [[nodiscard]] const Message* find_own(MessageType type) const;
  [[nodiscard]] bool is_dataset() const { return find(MessageType::kLayout) != nullptr; }
  [[nodiscard]] bool is_group() const {
    return find(MessageType::kSymbolTable) != nullptr || find(MessageType::kLinkInfo) != nullptr ||
           find(MessageType::kGroupInfo) != nullptr;
  }

 private:
  std::vector<std::vector<std::byte>> blocks_;  // what the messages point into
  std::vector<Message> messages_;
};

}  // namespace cupel::io
