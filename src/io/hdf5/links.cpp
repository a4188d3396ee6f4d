#include "io/hdf5/links.hpp"

#include <algorithm>
#include <cstring>

#include "io/hdf5/bytes.hpp"

namespace cupel::io {
namespace {

// Throws unless the block begins with these four letters.
void expect_signature(ByteReader& reader, const char* signature) {
  if (std::memcmp(reader.take(4).data(), signature, 4) != 0) reader.fail();
}

// The names of a group of the old kind: a heap of texts, each ended by a zero byte.
std::vector<std::byte> read_names(const RawFile& file, std::uint64_t address, const Where& where) {
  constexpr std::uint64_t kHeaderBytes = 32;
  const auto header = read_block(file, address, kHeaderBytes, where);
  ByteReader reader(header, where);
  expect_signature(reader, "HEAP");
  reader.skip(4);
  const auto size = reader.number(8);
  reader.skip(8);
  return read_block(file, reader.number(8), size, where);
}

// A group of the old kind: a tree whose leaves list the links.
class SymbolTable {
 public:
  SymbolTable(const RawFile& file, const Where& where, std::uint64_t names)
      : file_(&file), where_(&where), names_(read_names(file, names, where)) {}

  // A node of the tree; `level` is what its parent says, -1 for the root.
  void read_node(std::uint64_t address, int level, std::vector<Link>& links) {
    constexpr std::uint64_t kHeaderBytes = 24;
    count_node();
    const auto header = read_block(*file_, address, kHeaderBytes, *where_);
    ByteReader reader(header, *where_);
    expect_signature(reader, "TREE");
    const auto type = reader.number(1);
    const auto actual_level = static_cast<int>(reader.number(1));
    const auto entries = reader.number(2);
    if (type != 0 || (level >= 0 && actual_level != level)) reader.fail();
    const auto body =
        read_block(*file_, address + kHeaderBytes, entries * 16 + (entries > 0 ? 8 : 0), *where_);
    ByteReader children(body, *where_);
    for (std::uint64_t k = 0; k < entries; ++k) {
      children.skip(8);  // the key
      const auto child = children.number(8);
      if (actual_level > 0) {
        read_node(child, actual_level - 1, links);
      } else {
        read_leaf(child, links);
      }
    }
  }

 private:
  void read_leaf(std::uint64_t address, std::vector<Link>& links) {
    constexpr std::uint64_t kHeaderBytes = 8;
    constexpr std::uint64_t kEntryBytes = 40;
    constexpr std::uint64_t kSoftLink = 2;
    count_node();
    const auto header = read_block(*file_, address, kHeaderBytes, *where_);
    ByteReader reader(header, *where_);
    expect_signature(reader, "SNOD");
    reader.skip(2);
    const auto entries = reader.number(2);
    const auto body = read_block(*file_, address + kHeaderBytes, entries * kEntryBytes, *where_);
    ByteReader symbols(body, *where_);
    for (std::uint64_t k = 0; k < entries; ++k) {
      Link link;
      link.name = name_at(symbols.number(8));
      const auto target = symbols.number(8);
      const auto kind = symbols.number(4);
      symbols.skip(4);
      const auto path = symbols.number(4);
      symbols.skip(12);
      if (kind == kSoftLink) {
        link.path = name_at(path);
      } else {
        link.address = target;
      }
      links.push_back(std::move(link));
    }
  }

  std::string name_at(std::uint64_t offset) const {
    if (offset >= names_.size()) throw damaged(*where_, "its list of members cannot be read");
    const auto* text = reinterpret_cast<const char*>(names_.data()) + offset;
    return {text, strnlen(text, names_.size() - offset)};
  }

  // A damaged tree may lead in circles or to one node from many.
  void count_node() {
    constexpr int kMostNodes = 1 << 16;
    if (++nodes_ > kMostNodes) throw damaged(*where_, "its list of members has no end");
  }

  const RawFile* file_;
  const Where* where_;
  std::vector<std::byte> names_;
  int nodes_ = 0;
};

Link read_link(std::span<const std::byte> body, const Where& where) {
  ByteReader reader(body, where);
  if (reader.number(1) != 1) reader.fail();
  const auto flags = reader.number(1);
  const auto type = (flags & 8) != 0 ? reader.number(1) : 0;
  reader.skip((flags & 4) != 0 ? 8 : 0);   // creation order
  reader.skip((flags & 16) != 0 ? 1 : 0);  // character set
  const auto length = reader.number(std::size_t{1} << (flags & 3));
  const auto name = reader.take(length);
  Link link;
  link.name.assign(reinterpret_cast<const char*>(name.data()), name.size());
  constexpr std::uint64_t kSoftLink = 1;
  if (type == 0) link.address = reader.number(8);
  if (type == kSoftLink) {
    const auto path = reader.take(reader.number(2));
    link.path.assign(reinterpret_cast<const char*>(path.data()), path.size());
  }
  return link;
}

}  // namespace

std::vector<Link> read_links(const RawFile& file, const ObjectHeader& group, const Where& where) {
  std::vector<Link> links;
  if (const auto* table = group.find_own(MessageType::kSymbolTable)) {
    ByteReader reader(table->body, where);
    const auto tree = reader.number(8);
    SymbolTable(file, where, reader.number(8)).read_node(tree, -1, links);
  }
  if (const auto* info = group.find_own(MessageType::kLinkInfo)) {
    ByteReader reader(info->body, where);
    reader.skip(1);
    const auto flags = reader.number(1);
    reader.skip((flags & 1) != 0 ? 8 : 0);
    if (reader.number(8) != kUndefinedAddress) throw NeedsLibrary{};
  }
  for (const auto& message : group.messages()) {
    if (message.type != MessageType::kLink) continue;
    if (message.is_shared) throw NeedsLibrary{};
    links.push_back(read_link(message.body, where));
  }
  std::ranges::sort(links, {}, &Link::name);
  return links;
}

}  // namespace cupel::io
