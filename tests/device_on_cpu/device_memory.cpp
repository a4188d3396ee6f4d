#include "device_on_cpu/device_memory.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "device_on_cpu/block.hpp"

#if defined(__SANITIZE_ADDRESS__)  // then reads beside an array are found as well
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(begin, bytes) (void)0
#define ASAN_UNPOISON_MEMORY_REGION(begin, bytes) (void)0
#endif

namespace cuda_on_cpu {
namespace {

constexpr std::size_t kGuard = 256;
constexpr unsigned char kGuardByte = 0xC3;
std::size_t most = SIZE_MAX;

bool intact(const unsigned char* guard) {
  for (std::size_t i = 0; i < kGuard; ++i) {
    if (guard[i] != kGuardByte) return false;
  }
  return true;
}

}  // namespace

void fail_allocations_above(std::size_t bytes) { most = bytes; }

// [guard: its first 8 bytes hold the size][the array][guard]
void* allocate(std::size_t bytes) {
  if (bytes > most) return nullptr;
  const std::size_t room = (bytes + 3 * kGuard - 1) / kGuard * kGuard;
  auto* begin = static_cast<unsigned char*>(std::aligned_alloc(kGuard, room));
  if (begin == nullptr) return nullptr;
  std::memcpy(begin, &bytes, sizeof(bytes));
  std::memset(begin + kGuard - 64, kGuardByte, 64);
  std::memset(begin + kGuard, kJunk, bytes);
  std::memset(begin + kGuard + bytes, kGuardByte, kGuard);
  ASAN_POISON_MEMORY_REGION(begin, kGuard);
  ASAN_POISON_MEMORY_REGION(begin + kGuard + bytes, kGuard);
  return begin + kGuard;
}

void release(void* memory) {
  if (memory == nullptr) return;
  auto* array = static_cast<unsigned char*>(memory);
  auto* begin = array - kGuard;
  ASAN_UNPOISON_MEMORY_REGION(begin, kGuard);
  std::size_t bytes = 0;
  std::memcpy(&bytes, begin, sizeof(bytes));
  ASAN_UNPOISON_MEMORY_REGION(array + bytes, kGuard);
  bool good = intact(array + bytes);
  for (int i = 1; i <= 64; ++i) good = good && array[-i] == kGuardByte;
  if (!good) {
    std::fprintf(stderr, "emulated device: a kernel wrote beside an array of %zu bytes\n", bytes);
    std::abort();
  }
  std::free(begin);
}

}  // namespace cuda_on_cpu
