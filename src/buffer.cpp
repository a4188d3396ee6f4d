#include "cupel/buffer.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <list>
#include <mutex>
#include <unordered_map>

#include "cupel/error.hpp"

namespace cupel {
namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kLarge = 4 * kHugePage;

// Large blocks that were freed, kept for the next batch: zeroing fresh pages cost a sixth of a whole
// run. What is kept counts as memory in use, so it is bounded.
class LargeBlocks {
 public:
  // A block of at least `bytes`, not wastefully larger; null when none is at hand.
  void* take(std::size_t bytes) {
    const std::lock_guard lock(guard_);
    const auto found = std::ranges::find_if(kept_, [&](const Block& block) {
      return block.bytes >= bytes && block.bytes <= bytes + bytes / 4;
    });
    if (found == kept_.end()) return nullptr;
    void* memory = found->memory;
    in_use_.emplace(memory, found->bytes);
    kept_bytes_ -= found->bytes;
    kept_.erase(found);
    return memory;
  }

  void hand_out(void* memory, std::size_t bytes) {
    const std::lock_guard lock(guard_);
    in_use_.emplace(memory, bytes);
  }

  // False when the block is not one of these.
  bool give_back(void* memory) {
    const std::lock_guard lock(guard_);
    const auto found = in_use_.find(memory);
    if (found == in_use_.end()) return false;
    kept_.push_back({memory, found->second});
    kept_bytes_ += found->second;
    in_use_.erase(found);
    while (kept_bytes_ > kMostKept) drop_oldest();
    return true;
  }

  void drop_all() {
    const std::lock_guard lock(guard_);
    while (!kept_.empty()) drop_oldest();
  }

 private:
  struct Block {
    void* memory;
    std::size_t bytes;
  };
  static constexpr std::size_t kMostKept = std::size_t{1} << 30;

  void drop_oldest() {
    kept_bytes_ -= kept_.front().bytes;
    std::free(kept_.front().memory);
    kept_.pop_front();
  }

  std::mutex guard_;
  std::unordered_map<void*, std::size_t> in_use_;
  std::list<Block> kept_;
  std::size_t kept_bytes_ = 0;
};

LargeBlocks& large_blocks() {
  static auto* blocks = new LargeBlocks;  // outlives every buffer, static ones too
  return *blocks;
}

}  // namespace

void* allocate_host(std::size_t bytes) {
  const bool large = bytes >= kLarge;
  const std::size_t alignment = large ? kHugePage : kCacheLine;
  // Never zero bytes, and a tail so that vector loads may run past the last element.
  const std::size_t padded = (bytes + kCacheLine + alignment - 1) / alignment * alignment;
  if (large) {
    if (void* memory = large_blocks().take(padded)) return memory;
  }
  void* memory = std::aligned_alloc(alignment, padded);
  if (memory == nullptr) {
    large_blocks().drop_all();
    memory = std::aligned_alloc(alignment, padded);
  }
  if (memory == nullptr) {
    throw Error(ErrorKind::kOutOfMemory,
                fmt::format("could not allocate {} bytes of memory; lower --memory", bytes));
  }
  if (large) {
    (void)madvise(memory, padded, MADV_HUGEPAGE);
    large_blocks().hand_out(memory, padded);
  }
  return memory;
}

void free_host(void* memory) noexcept {
  if (!large_blocks().give_back(memory)) std::free(memory);
}

}  // namespace cupel
