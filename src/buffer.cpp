#include "cupel/buffer.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstdlib>

#include "cupel/error.hpp"

namespace cupel {
namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

void* allocate_host(std::size_t bytes) {
  const std::size_t alignment = bytes >= 4 * kHugePage ? kHugePage : kCacheLine;
  // Never zero bytes, and a tail so that vector loads may run past the last element.
  const std::size_t padded = (bytes + kCacheLine + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, padded);
  if (memory == nullptr) {
    throw Error(ErrorKind::kOutOfMemory,
                fmt::format("could not allocate {} bytes of memory; lower --memory", bytes));
  }
  if (alignment == kHugePage) (void)madvise(memory, padded, MADV_HUGEPAGE);
  return memory;
}

void free_host(void* memory) noexcept { std::free(memory); }

}  // namespace cupel
