// The emulated device itself: what it lets through, and what it catches.
#include "device_on_cpu/block.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

#include "cupel/error.hpp"
#include "launch.hpp"

namespace cupel::cuda_on_cpu {
namespace {

using ::cuda_on_cpu::Order;
using ::cuda_on_cpu::set_order;

class EmulatedDevice : public ::testing::Test {
 protected:
  ~EmulatedDevice() override { set_order(Order::kForward); }

  // What each thread of one block wrote.
  std::vector<std::int64_t> run(void (*kernel)(std::int64_t*), unsigned threads,
                                std::size_t shared = 0) const {
    auto out = make_device_buffer<std::int64_t>(*memory_, threads);
    launch(memory_->stream(), kernel, 1, threads, shared, out.data());
    return {out.data(), out.data() + threads};
  }
  // In how many of the three orders of threads the kernel gives `expected`.
  int orders_that_give(const std::vector<std::int64_t>& expected,
                       void (*kernel)(std::int64_t*)) const {
    int count = 0;
    for (const auto order : {Order::kForward, Order::kReversed, Order::kShuffled}) {
      set_order(order);
      if (run(kernel, static_cast<unsigned>(expected.size())) == expected) ++count;
    }
    return count;
  }

  std::shared_ptr<DeviceMemory> memory_ = std::make_shared<DeviceMemory>(0, 1 << 20);
};

std::vector<std::int64_t> reversed(std::int64_t n) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(n));
  std::iota(values.rbegin(), values.rend(), 0);
  return values;
}

// --- barriers ---

template <bool kBarrier>
__global__ void reverse_block(std::int64_t* out) {
  CUPEL_SHARED(std::int64_t, values, 100);
  values[threadIdx.x] = threadIdx.x;
  if (kBarrier) __syncthreads();
  out[threadIdx.x] = values[blockDim.x - 1 - threadIdx.x];
}

TEST_F(EmulatedDevice, ShowsThatABarrierOfTheBlockIsMissing) {
  EXPECT_EQ(orders_that_give(reversed(100), reverse_block<true>), 3);
  EXPECT_LT(orders_that_give(reversed(100), reverse_block<false>), 3);
}

// Each thread needs one that comes later in the forward order and in no other.
template <bool kBarrier>
__global__ void take_from_the_next(std::int64_t* out) {
  CUPEL_SHARED(std::int64_t, values, 64);
  values[threadIdx.x] = threadIdx.x;
  if (kBarrier) __syncthreads();
  out[threadIdx.x] = threadIdx.x + 1 < blockDim.x ? values[threadIdx.x + 1] : -1;
}
template <bool kBarrier>
__global__ void take_from_the_last(std::int64_t* out) {
  CUPEL_SHARED(std::int64_t, values, 64);
  values[threadIdx.x] = threadIdx.x;
  if (kBarrier) __syncthreads();
  out[threadIdx.x] = threadIdx.x > 0 ? values[threadIdx.x - 1] : -1;
}

TEST_F(EmulatedDevice, NeedsMoreThanOneOrderToShowIt) {
  std::vector<std::int64_t> next(64, -1);
  std::iota(next.begin(), next.end() - 1, 1);
  std::vector<std::int64_t> last(64);
  std::iota(last.begin(), last.end(), -1);
  EXPECT_EQ(orders_that_give(next, take_from_the_next<true>), 3);
  EXPECT_EQ(orders_that_give(last, take_from_the_last<true>), 3);
  EXPECT_EQ(orders_that_give(next, take_from_the_next<false>), 1);  // backwards
  EXPECT_EQ(orders_that_give(last, take_from_the_last<false>), 1);  // forwards
}

template <bool kBarrier>
__global__ void reverse_warps(std::int64_t* out) {
  CUPEL_SHARED(std::int64_t, values, 70);
  const unsigned first = threadIdx.x / 32 * 32;
  const unsigned last = min(first + 32, blockDim.x) - 1;
  values[threadIdx.x] = threadIdx.x;
  if (kBarrier) __syncwarp();
  out[threadIdx.x] = values[first + last - threadIdx.x];
}

TEST_F(EmulatedDevice, ShowsThatABarrierOfTheWarpIsMissing) {
  std::vector<std::int64_t> expected(70);
  for (int i = 0; i < 70; ++i) {
    const int first = i / 32 * 32;
    expected[static_cast<std::size_t>(i)] = first + std::min(first + 31, 69) - i;
  }
  EXPECT_EQ(orders_that_give(expected, reverse_warps<true>), 3);
  EXPECT_LT(orders_that_give(expected, reverse_warps<false>), 3);
}

// Two sums over the block, one after the other, through the same array: the barrier keeps a warp
// that has its first sum from writing what it adds to the second.
template <bool kBarrier>
__global__ void add_up_twice(std::int64_t* out) {
  CUPEL_SHARED(std::int64_t, of_warp, 3);
  std::int64_t sum = 0;
  for (std::int64_t round = 1; round <= 2; ++round) {
    std::int64_t mine = round * static_cast<std::int64_t>(threadIdx.x);
    for (int with = 16; with > 0; with /= 2) mine += __shfl_xor_sync(0xffffffffU, mine, with);
    if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = mine;
    __syncthreads();
    for (int warp = 0; warp < 3; ++warp) sum += of_warp[warp];
    if (kBarrier) __syncthreads();
  }
  out[threadIdx.x] = sum;
}

TEST_F(EmulatedDevice, ShowsThatAWarpMayOvertakeAnother) {
  const std::vector<std::int64_t> expected(96, 3 * 95 * 96 / 2);
  EXPECT_EQ(orders_that_give(expected, add_up_twice<true>), 3);
  EXPECT_EQ(orders_that_give(expected, add_up_twice<false>), 1);  // forwards, warps keep step
}

__global__ void wait_in_half_a_block(std::int64_t* out) {
  if (threadIdx.x < 32) __syncthreads();
  out[threadIdx.x] = 1;
}
__global__ void wait_at_two_barriers(std::int64_t* out) {
  if (threadIdx.x < 32) __syncthreads();
  if (threadIdx.x >= 32) __syncwarp(1);  // of a mask that leaves most of them out
  out[threadIdx.x] = 1;
}
__global__ void be_well(std::int64_t* out) { out[threadIdx.x] = threadIdx.x; }

TEST_F(EmulatedDevice, RefusesABarrierThatSomeThreadsNeverReach) {
  EXPECT_THROW((void)run(wait_in_half_a_block, 64), std::runtime_error);
  EXPECT_THROW((void)run(wait_at_two_barriers, 64), std::runtime_error);
  EXPECT_EQ(run(be_well, 3), (std::vector<std::int64_t>{0, 1, 2})) << "a failure must not stay";
}

__global__ void throw_in_one_thread(std::int64_t* out) {
  if (threadIdx.x == 5) throw std::logic_error("thread 5");
  __syncthreads();
  out[threadIdx.x] = 1;
}

TEST_F(EmulatedDevice, HandsOnWhatAThreadThrows) {
  EXPECT_THROW((void)run(throw_in_one_thread, 64), std::logic_error);
  EXPECT_EQ(run(be_well, 2), (std::vector<std::int64_t>{0, 1}));
}

// --- what threads tell each other ---

__global__ void shuffle_up_by_three(std::int64_t* out) {
  out[threadIdx.x] = __shfl_up_sync(kFullWarp, static_cast<std::int64_t>(threadIdx.x), 3);
}
__global__ void shuffle_down_in_eights(std::int64_t* out) {
  out[threadIdx.x] = __shfl_down_sync(kFullWarp, static_cast<std::int64_t>(threadIdx.x), 2, 8);
}
__global__ void shuffle_xor(std::int64_t* out) {
  out[threadIdx.x] = __shfl_xor_sync(kFullWarp, static_cast<std::int64_t>(threadIdx.x), 5);
}
__global__ void shuffle_from_one(std::int64_t* out) {
  out[threadIdx.x] = __shfl_sync(kFullWarp, static_cast<std::int64_t>(threadIdx.x), 9, 16);
}

TEST_F(EmulatedDevice, ShufflesWithinWarps) {
  std::vector<std::int64_t> up(64), down(64), with(64), one(64);
  for (int i = 0; i < 64; ++i) {
    const auto k = static_cast<std::size_t>(i);
    up[k] = i % 32 >= 3 ? i - 3 : i;
    down[k] = i % 8 < 6 ? i + 2 : i;
    with[k] = i ^ 5;
    one[k] = i / 16 * 16 + 9;
  }
  EXPECT_EQ(orders_that_give(up, shuffle_up_by_three), 3);
  EXPECT_EQ(orders_that_give(down, shuffle_down_in_eights), 3);
  EXPECT_EQ(orders_that_give(with, shuffle_xor), 3);
  EXPECT_EQ(orders_that_give(one, shuffle_from_one), 3);
}

// The halves of a warp go their own ways and meet nobody but themselves.
__global__ void sum_in_halves(std::int64_t* out) {
  const bool low = threadIdx.x % 32 < 16;
  const unsigned mask = low ? 0x0000ffffU : 0xffff0000U;
  std::int64_t sum = threadIdx.x;
  for (int rounds = low ? 1 : 3; rounds > 0; --rounds) __syncwarp(mask);
  for (int step = 8; step > 0; step /= 2) sum += __shfl_xor_sync(mask, sum, step, 16);
  out[threadIdx.x] = sum;
}
__global__ void name_a_mask_without_oneself(std::int64_t* out) {
  __syncwarp(threadIdx.x == 7 ? 1U : 0xfeU);
  out[threadIdx.x] = 1;
}
// Lane 0 alone is in the mask and asks for lane 9.
__global__ void ask_beyond_the_mask(std::int64_t* out) {
  out[threadIdx.x] = 1;
  if (threadIdx.x == 0) out[0] = __shfl_sync(1U, std::int64_t{5}, 9);
}

TEST_F(EmulatedDevice, TakesMasksAtTheirWord) {
  std::vector<std::int64_t> expected(64);
  for (int i = 0; i < 64; ++i) {
    const std::int64_t first = i / 16 * 16;
    expected[static_cast<std::size_t>(i)] = 16 * first + 120;
  }
  EXPECT_EQ(orders_that_give(expected, sum_in_halves), 3);
  EXPECT_THROW((void)run(name_a_mask_without_oneself, 8), std::runtime_error);
  const auto asked = run(ask_beyond_the_mask, 32);
  EXPECT_EQ(static_cast<std::uint64_t>(asked[0]), 0xA5A5A5A5A5A5A5A5ULL);
}

__global__ void vote(std::int64_t* out) {
  const bool odd = threadIdx.x % 2 == 1;
  out[threadIdx.x] = __ballot_sync(kFullWarp, odd);
  out[threadIdx.x] += __any_sync(kFullWarp, threadIdx.x == 40) != 0 ? std::int64_t{1} << 40 : 0;
  out[threadIdx.x] += __all_sync(kFullWarp, threadIdx.x < 40) != 0 ? std::int64_t{1} << 41 : 0;
}
__global__ void vote_as_a_block(std::int64_t* out) {
  const int count = __syncthreads_count(threadIdx.x < 50);
  const bool any = __syncthreads_or(threadIdx.x == 50) != 0;
  const bool all = __syncthreads_and(threadIdx.x != 50) != 0;
  out[threadIdx.x] = count + (any ? 100 : 0) + (all ? 1000 : 0);
}

TEST_F(EmulatedDevice, CountsVotes) {
  std::vector<std::int64_t> expected(72, 0xaaaaaaaaLL + (std::int64_t{1} << 41));
  for (std::size_t i = 32; i < 64; ++i) expected[i] = 0xaaaaaaaaLL + (std::int64_t{1} << 40);
  for (std::size_t i = 64; i < 72; ++i) expected[i] = 0xaaLL;  // a warp of eight threads
  EXPECT_EQ(orders_that_give(expected, vote), 3);
  EXPECT_EQ(orders_that_give(std::vector<std::int64_t>(72, 150), vote_as_a_block), 3);
}

__global__ void count_up(std::int64_t* sum, std::int64_t* most, unsigned* bits, int* owner) {
  const int me = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  atomicAdd(sum, me);
  atomicMax(most, me);
  atomicOr(bits, 1U << (me % 32));
  atomicCAS(owner, -1, me);
}

TEST_F(EmulatedDevice, AddsAtomically) {
  for (const auto order : {Order::kForward, Order::kReversed, Order::kShuffled}) {
    set_order(order);
    std::int64_t sum = 0, most = -1;
    unsigned bits = 0;
    int owner = -1;
    launch(memory_->stream(), count_up, 5, 100, 0, &sum, &most, &bits, &owner);
    EXPECT_EQ(sum, 500 * 499 / 2);
    EXPECT_EQ(most, 499);
    EXPECT_EQ(bits, 0xffffffffU);
    EXPECT_GE(owner, 0);
    EXPECT_LT(owner, 100);
  }
}

// --- shared memory ---

__global__ void write_beyond_a_shared_array(std::int64_t* out) {
  CUPEL_SHARED(std::int64_t, values, 8);
  values[threadIdx.x] = 1;  // the ninth thread has no place
  out[threadIdx.x] = 1;
}
__global__ void write_beyond_dynamic_memory(std::int64_t* out) {
  CUPEL_DYNAMIC_SHARED(std::int64_t, values);
  values[threadIdx.x] = 1;
  out[threadIdx.x] = 1;
}

#if defined(__SANITIZE_ADDRESS__)  // which ends the program at the write itself
#define CUPEL_EXPECT_CAUGHT(statement) EXPECT_DEATH(statement, "AddressSanitizer")
#else
#define CUPEL_EXPECT_CAUGHT(statement) EXPECT_THROW(statement, std::runtime_error)
#endif

TEST_F(EmulatedDevice, FindsAWriteBeyondASharedArray) {
  EXPECT_NO_THROW((void)run(write_beyond_a_shared_array, 8));
  CUPEL_EXPECT_CAUGHT((void)run(write_beyond_a_shared_array, 9));
  EXPECT_NO_THROW((void)run(write_beyond_dynamic_memory, 8, 64));
  CUPEL_EXPECT_CAUGHT((void)run(write_beyond_dynamic_memory, 8, 63));
  CUPEL_EXPECT_CAUGHT((void)run(write_beyond_dynamic_memory, 1, 0));
}

__global__ void read_fresh_memory(std::int64_t* out) {
  CUPEL_SHARED(std::int64_t, values, 8);
  CUPEL_DYNAMIC_SHARED(std::int64_t, more);
  const std::int64_t mine = out[threadIdx.x];
  out[threadIdx.x] = mine == values[threadIdx.x] && mine == more[threadIdx.x] ? mine : 0;
  __syncthreads();
  values[threadIdx.x] = more[threadIdx.x] = 7;  // gone when the next block begins
}

TEST_F(EmulatedDevice, FillsFreshMemoryWithJunk) {
  auto out = make_device_buffer<std::int64_t>(*memory_, 8);
  const std::vector<std::int64_t> junk(8, static_cast<std::int64_t>(0xA5A5A5A5A5A5A5A5ULL));
  EXPECT_EQ(std::vector<std::int64_t>(out.data(), out.data() + 8), junk);
  launch(memory_->stream(), read_fresh_memory, 3, 8, 64, out.data());
  EXPECT_EQ(std::vector<std::int64_t>(out.data(), out.data() + 8), junk);
}

__global__ void share_too_much(std::int64_t* out) {
  CUPEL_SHARED(std::int64_t, values, 1 << 16);
  values[0] = 1;
  out[threadIdx.x] = values[0];
}

TEST_F(EmulatedDevice, RefusesWhatNoDeviceTakes) {
  EXPECT_THROW((void)run(be_well, 1025), std::runtime_error);
  EXPECT_THROW((void)run(share_too_much, 1), std::runtime_error);
  EXPECT_THROW((void)run(be_well, 1, 228 << 10), Error);  // asked for before the launch
  std::int64_t unused = 0;
  EXPECT_THROW(launch(memory_->stream(), be_well, dim3(1, 65536), 1, 0, &unused),
               std::runtime_error);
  EXPECT_NO_THROW(launch(memory_->stream(), be_well, dim3(1, 65535), 1, 0, &unused));
  EXPECT_NO_THROW(launch(memory_->stream(), be_well, 0, 1024, 0, &unused)) << "an empty grid";
}

// --- which thread is which ---

__global__ void tell_places(std::set<std::vector<unsigned>>* seen) {
  seen->insert({blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z});
}

TEST_F(EmulatedDevice, RunsEveryThreadOfEveryBlock) {
  for (const auto order : {Order::kForward, Order::kReversed, Order::kShuffled}) {
    set_order(order);
    std::set<std::vector<unsigned>> seen;
    launch(memory_->stream(), tell_places, dim3(2, 3, 4), dim3(5, 2, 3), 0, &seen);
    EXPECT_EQ(seen.size(), 24U * 30U);
    EXPECT_TRUE(seen.contains({1, 2, 3, 4, 1, 2}));
  }
}

TEST_F(EmulatedDevice, RunsALaunchOnTheDeviceOfItsStream) {
  const auto other = std::make_shared<DeviceMemory>(1, 1 << 20);
  ASSERT_EQ(cudaSetDevice(1), cudaSuccess);
  EXPECT_NE(cuda_on_cpu_check_stream(memory_->stream().get()), cudaSuccess);
  EXPECT_EQ(run(be_well, 2), (std::vector<std::int64_t>{0, 1}));
  int device = -1;
  EXPECT_EQ(cudaGetDevice(&device), cudaSuccess);
  EXPECT_EQ(device, 0);
  const auto array = make_device_buffer<int>(*other, 1);
  EXPECT_EQ(cudaGetDevice(&device), cudaSuccess);
  EXPECT_EQ(device, 1) << "so that a library's call after it finds the op's device";
}

}  // namespace
}  // namespace cupel::cuda_on_cpu
