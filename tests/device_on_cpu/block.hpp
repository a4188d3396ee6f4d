#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

struct dim3 {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

// One block of threads of the emulated device.
namespace cuda_on_cpu {

inline constexpr std::size_t kSharedBytes = 227 << 10;  // a block's most, as on an H100
inline constexpr unsigned char kJunk = 0xA5;

// In which order a block's threads run between two barriers. Forwards the warps keep step at their
// own barriers and exchanges; in the other orders each goes as far as the block's barriers let it
// before the next begins. A kernel that is right gives the same result in any; one that lacks a
// barrier mostly does not.
enum class Order { kForward, kReversed, kShuffled };
void set_order(Order order);

struct Block {
  dim3 block_dim, grid_dim, index;
};
[[nodiscard]] const Block& block();
[[nodiscard]] const dim3& thread_index();
[[nodiscard]] unsigned lane();  // within the warp

// Runs `thread` once per thread of every block. Throws std::runtime_error when threads wait for
// ones that never come, or wrote beyond their shared arrays.
void launch(dim3 grid, dim3 block, std::size_t dynamic_shared, const std::function<void()>& thread);
// Barriers that any thread has passed since the program began.
[[nodiscard]] std::uint64_t barriers_passed();

void wait_for_block();
void wait_for_warp(unsigned mask);
struct Vote {
  int any;
  int all;
  int count;
};
[[nodiscard]] Vote block_vote(int mine);
[[nodiscard]] unsigned ballot(unsigned mask, bool mine);

// Each thread of a warp leaves a value of up to 8 bytes and takes that of `source`; of a thread
// that is not there or not in the mask it gets junk, as undefined as CUDA has it.
[[nodiscard]] std::uint64_t exchange_bits(unsigned mask, std::uint64_t mine, unsigned source);
template <typename T>
[[nodiscard]] T exchange(unsigned mask, T mine, unsigned source) {
  static_assert(sizeof(T) <= 8);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &mine, sizeof(T));
  bits = exchange_bits(mask, bits, source);
  T theirs;
  std::memcpy(&theirs, &bits, sizeof(T));
  return theirs;
}

// The block's array that goes by this key: the same for each of its threads, junk at first.
[[nodiscard]] void* shared_bytes(const void* key, std::size_t bytes, std::size_t alignment);
template <typename T>
[[nodiscard]] T* shared_array(const void* key, std::size_t count) {
  return static_cast<T*>(shared_bytes(key, count * sizeof(T), alignof(T)));
}
[[nodiscard]] void* dynamic_shared();

}  // namespace cuda_on_cpu
