#include "device_on_cpu/device_memory.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "device_on_cpu/block.hpp"
#include "device_on_cpu/poison.hpp"

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

// [guard: its first 8 bytes hold the size][the array][guard, up to a multiple of its size]
std::size_t room_for(std::size_t bytes) { return (bytes + 3 * kGuard - 1) / kGuard * kGuard; }

}  // namespace

void fail_allocations_above(std::size_t bytes) { most = bytes; }

void* allocate(std::size_t bytes, bool clean) {
  if (bytes > most) return nullptr;
  const std::size_t room = room_for(bytes);
  auto* begin = static_cast<unsigned char*>(std::aligned_alloc(kGuard, room));
  if (begin == nullptr) return nullptr;
  std::memcpy(begin, &bytes, sizeof(bytes));
  std::memset(begin + kGuard - 64, kGuardByte, 64);
  if (!clean) std::memset(begin + kGuard, kJunk, bytes);
  std::memset(begin + kGuard + bytes, kGuardByte, kGuard);
  forbid(begin, kGuard);
  forbid(begin + kGuard + bytes, room - kGuard - bytes);
  return begin + kGuard;
}

void release(void* memory) {
  if (memory == nullptr) return;
  auto* array = static_cast<unsigned char*>(memory);
  auto* begin = array - kGuard;
  allow(begin, kGuard);
  std::size_t bytes = 0;
  std::memcpy(&bytes, begin, sizeof(bytes));
  allow(array + bytes, room_for(bytes) - kGuard - bytes);
  bool good = intact(array + bytes);
  for (int i = 1; i <= 64; ++i) good = good && array[-i] == kGuardByte;
  if (!good) {
    std::fprintf(stderr, "emulated device: a kernel wrote beside an array of %zu bytes\n", bytes);
    std::abort();
  }
  std::free(begin);
}

}  // namespace cuda_on_cpu
