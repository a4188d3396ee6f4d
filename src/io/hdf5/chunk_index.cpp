#include "io/hdf5/chunk_index.hpp"

#include <algorithm>
#include <cstring>

#include "io/hdf5/bytes.hpp"

namespace cupel::io {
namespace {

// The index of old: a tree whose keys tell the place, size and filters of the chunk behind them.
class ChunkTree {
 public:
  ChunkTree(const RawFile& file, const Layout& layout, std::span<const std::int64_t> extents,
            const Where& where)
      : file_(&file), layout_(&layout), where_(&where) {
    for (std::size_t d = 0; d < extents.size(); ++d) {
      grid_.push_back(
          static_cast<std::uint64_t>((extents[d] + layout.chunk[d] - 1) / layout.chunk[d]));
    }
  }

  // `level` is what the parent says, -1 for the root.
  void read_node(std::uint64_t address, int level, std::vector<StoredChunk>& chunks) {
    constexpr std::uint64_t kHeaderBytes = 24;
    const auto header = read_block(*file_, address, kHeaderBytes, *where_);
    ByteReader reader(header, *where_);
    if (std::memcmp(reader.take(4).data(), "TREE", 4) != 0) fail();
    const auto type = reader.number(1);
    const auto actual_level = static_cast<int>(reader.number(1));
    const auto entries = reader.number(2);
    if (type != 1 || (level >= 0 && actual_level != level)) fail();
    // Only the root of a dataset without chunks is empty. Since chunks ascend, every other node
    // adds one, so that no damaged tree is walked for ever.
    if (entries == 0 && level >= 0) fail();
    const std::uint64_t entry_bytes = 8 + 8 * (grid_.size() + 1) + 8;
    const auto body = read_block(*file_, address + kHeaderBytes, entries * entry_bytes, *where_);
    ByteReader keys(body, *where_);
    for (std::uint64_t k = 0; k < entries; ++k) {
      StoredChunk chunk;
      chunk.size = static_cast<std::uint32_t>(keys.number(4));
      chunk.skipped = static_cast<std::uint32_t>(keys.number(4));
      bool is_inside = true;
      for (std::size_t d = 0; d < grid_.size(); ++d) {
        const auto offset = keys.number(8);
        const auto extent = static_cast<std::uint64_t>(layout_->chunk[d]);
        if (offset % extent != 0) fail();
        is_inside = is_inside && offset / extent < grid_[d];
        chunk.number = chunk.number * grid_[d] + offset / extent;
      }
      keys.skip(8);  // the offset within an element
      chunk.address = keys.number(8);
      if (actual_level > 0) {
        read_node(chunk.address, actual_level - 1, chunks);
      } else if (is_inside) {  // else left over from a dataset that was made smaller
        if (!chunks.empty() && chunks.back().number >= chunk.number) fail();
        chunks.push_back(chunk);
      } else if (++outside_ > kMostOutside) {
        fail();
      }
    }
  }

 private:
  static constexpr int kMostOutside = 1 << 20;

  [[noreturn]] void fail() const { throw damaged(*where_, "its list of chunks cannot be read"); }

  const RawFile* file_;
  const Layout* layout_;
  const Where* where_;
  std::vector<std::uint64_t> grid_;  // how many chunks along each dimension
  int outside_ = 0;
};

}  // namespace

ChunkIndex::ChunkIndex(const RawFile& file, const Layout& layout,
                       std::span<const std::int64_t> extents, std::int64_t chunk_bytes,
                       const Where& where) {
  if (layout.address == kUndefinedAddress) return;
  if (layout.index == Layout::Index::kSingle) {
    const auto size =
        layout.single_size > 0 ? layout.single_size : static_cast<std::uint64_t>(chunk_bytes);
    if (size > 0xffffffffU) throw damaged(where, "its chunk is too large");
    chunks_.push_back({0, layout.address, static_cast<std::uint32_t>(size), layout.single_skipped});
  } else {
    ChunkTree(file, layout, extents, where).read_node(layout.address, -1, chunks_);
  }
  const auto end = static_cast<std::uint64_t>(file.end());
  for (const StoredChunk& chunk : chunks_) {
    if (chunk.address > end || chunk.size > end - chunk.address) {
      throw damaged(where, "a chunk of it reaches past the end of the file");
    }
    stored_bytes_ += chunk.size;
  }
}

const StoredChunk* ChunkIndex::find(std::uint64_t number) const {
  const auto found = std::ranges::lower_bound(chunks_, number, {}, &StoredChunk::number);
  return found != chunks_.end() && found->number == number ? &*found : nullptr;
}

}  // namespace cupel::io
