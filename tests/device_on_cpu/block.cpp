#include "device_on_cpu/block.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "device_on_cpu/fiber.hpp"
#include "device_on_cpu/poison.hpp"

namespace cuda_on_cpu {
namespace {

constexpr unsigned kWarp = 32;
constexpr std::size_t kGuard = 32;
constexpr unsigned char kGuardByte = 0xC3;

enum class State { kReady, kAtWarp, kAtBlock, kDone };

struct Thread {
  std::unique_ptr<Fiber> fiber;
  State state = State::kReady;
  unsigned mask = 0;
  dim3 index;
  std::uint64_t left = 0;  // for the others of its warp, or its vote
};

struct SharedArray {
  std::size_t begin;
  std::size_t bytes;
};

struct Running {
  Block block;
  std::vector<Thread> threads;
  std::vector<unsigned> order;
  const std::function<void()>* body = nullptr;
  unsigned current = 0;
  alignas(256) unsigned char shared[kSharedBytes + 64 * kGuard];
  std::size_t dynamic_bytes = 0;
  std::size_t shared_end = 0;
  std::map<const void*, SharedArray> arrays;
  std::exception_ptr error;  // of a thread, on its way out of its fiber
};

std::mutex one_launch;
Order order_of_threads = Order::kForward;
std::uint64_t barriers = 0;
Running* running = nullptr;

Thread& me() { return running->threads[running->current]; }

void wait(State state, unsigned mask) {
  me().state = state;
  me().mask = mask;
  Fiber::leave();
}

void body_of_thread() {
  try {
    (*running->body)();
  } catch (...) {
    running->error = std::current_exception();
  }
  me().state = State::kDone;
  Fiber::leave();
}

// A warp's threads, from `first` on, go on together once all that their mask names, less those that
// are done, wait with that mask.
bool release_warp(Running& r, unsigned first) {
  bool released = false;
  const unsigned last = std::min(first + kWarp, static_cast<unsigned>(r.threads.size()));
  for (unsigned k = first; k < last; ++k) {
    if (r.threads[k].state != State::kAtWarp) continue;
    const unsigned mask = r.threads[k].mask;
    const auto in_group = [&](unsigned i) { return (mask >> (i - first) & 1U) != 0; };
    if (!in_group(k)) throw std::runtime_error("a thread waits with a mask that leaves it out");
    bool all = true;
    for (unsigned i = first; i < last; ++i) {
      const auto& other = r.threads[i];
      if (in_group(i) && other.state != State::kDone &&
          (other.state != State::kAtWarp || other.mask != mask)) {
        all = false;
      }
    }
    if (!all) continue;
    for (unsigned i = first; i < last; ++i) {
      if (in_group(i) && r.threads[i].state == State::kAtWarp) r.threads[i].state = State::kReady;
    }
    ++barriers;
    released = true;
  }
  return released;
}

// Shuffles warps, and the threads of each.
void shuffle_order(Running& r) {
  static std::mt19937 random(1);
  std::vector<unsigned> place(r.order.size() / kWarp + 1);
  std::iota(place.begin(), place.end(), 0U);
  std::shuffle(place.begin(), place.end(), random);
  std::shuffle(r.order.begin(), r.order.end(), random);
  std::stable_sort(r.order.begin(), r.order.end(),
                   [&](unsigned a, unsigned b) { return place[a / kWarp] < place[b / kWarp]; });
}

using Threads = std::span<const unsigned>;

// Runs those that are ready, in their order; false if none is.
bool run_threads(Running& r, Threads threads) {
  bool ran = false;
  for (const unsigned k : threads) {
    if (r.threads[k].state != State::kReady) continue;
    r.current = k;
    r.threads[k].fiber->enter();
    if (r.error != nullptr) std::rethrow_exception(std::exchange(r.error, nullptr));
    ran = true;
  }
  return ran;
}

// All warps keep step: none passes a barrier of its own before the others have come as far.
bool run_in_step(Running& r) {
  if (run_threads(r, r.order)) return true;
  bool released = false;
  for (unsigned first = 0; first < r.threads.size(); first += kWarp) {
    released = release_warp(r, first) || released;
  }
  return released;
}

// Each warp goes as far as it gets while those that come after it in the order stand still.
bool run_warp_by_warp(Running& r) {
  bool ran = false;
  for (std::size_t at = 0; at < r.order.size();) {
    const unsigned warp = r.order[at] / kWarp;
    const std::size_t begin = at;
    while (at < r.order.size() && r.order[at] / kWarp == warp) ++at;
    const Threads threads(r.order.data() + begin, at - begin);
    while (run_threads(r, threads) || release_warp(r, warp * kWarp)) ran = true;
  }
  return ran;
}

// Bytes that belong to no array of the block: whoever reads or writes them is wrong.
void guard(Running& r, std::size_t begin) {
  std::memset(r.shared + begin, kGuardByte, kGuard);
  forbid(r.shared + begin, kGuard);
}

void check_guards(Running& r) {
  allow(r.shared, sizeof(r.shared));
  const auto intact = [&](std::size_t begin) {
    return std::all_of(r.shared + begin, r.shared + begin + kGuard,
                       [](unsigned char c) { return c == kGuardByte; });
  };
  bool good = intact(r.dynamic_bytes);
  for (const auto& [key, array] : r.arrays) good = good && intact(array.begin + array.bytes);
  if (!good) throw std::runtime_error("a block wrote beyond one of its shared arrays");
}

void run_block(Running& r) {
  allow(r.shared, sizeof(r.shared));
  std::memset(r.shared, kJunk, sizeof(r.shared));
  guard(r, r.dynamic_bytes);
  r.shared_end = r.dynamic_bytes + kGuard;
  r.arrays.clear();
  for (auto& thread : r.threads) {
    thread.state = State::kReady;
    thread.fiber->start(body_of_thread);
  }
  for (;;) {
    if (order_of_threads == Order::kShuffled) shuffle_order(r);
    if (order_of_threads == Order::kForward ? run_in_step(r) : run_warp_by_warp(r)) continue;
    const auto count = [&](State state) {
      return std::count_if(r.threads.begin(), r.threads.end(),
                           [&](const Thread& t) { return t.state == state; });
    };
    const auto n = std::ssize(r.threads);
    if (count(State::kDone) == n) break;
    if (count(State::kAtBlock) != n) {
      throw std::runtime_error("some threads of a block wait at a barrier that others never reach");
    }
    for (auto& thread : r.threads) thread.state = State::kReady;
    ++barriers;
  }
  check_guards(r);
}

}  // namespace

void set_order(Order order) { order_of_threads = order; }
std::uint64_t barriers_passed() { return barriers; }
const Block& block() { return running->block; }
const dim3& thread_index() { return me().index; }
unsigned lane() { return running->current % kWarp; }

void launch(dim3 grid, dim3 block, std::size_t dynamic_shared,
            const std::function<void()>& thread) {
  const std::lock_guard guard(one_launch);
  static Running r;  // its fibers' stacks are kept for the next launch
  const std::size_t n = std::size_t{block.x} * block.y * block.z;
  if (n == 0 || n > 1024 || grid.y > 65535 || grid.z > 65535 || dynamic_shared > kSharedBytes) {
    throw std::runtime_error("a launch that no device takes");
  }
  if (r.threads.size() > n) r.threads.resize(n);
  while (r.threads.size() < n) {
    r.threads.emplace_back();
    r.threads.back().fiber = std::make_unique<Fiber>();
  }
  r.order.resize(n);
  std::iota(r.order.begin(), r.order.end(), 0U);
  if (order_of_threads == Order::kReversed) std::reverse(r.order.begin(), r.order.end());
  for (unsigned k = 0; k < n; ++k) {
    r.threads[k].index = dim3(k % block.x, k / block.x % block.y, k / (block.x * block.y));
  }
  r.block = {block, grid, {}};
  r.dynamic_bytes = dynamic_shared;
  r.body = &thread;
  running = &r;
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) {
        r.block.index = dim3(x, y, z);
        run_block(r);
      }
    }
  }
}

void wait_for_block() { wait(State::kAtBlock, 0); }
void wait_for_warp(unsigned mask) { wait(State::kAtWarp, mask); }

Vote block_vote(int mine) {
  me().left = mine != 0 ? 1 : 0;
  wait_for_block();
  int count = 0;
  for (const auto& thread : running->threads) count += static_cast<int>(thread.left);
  const Vote vote{count > 0 ? 1 : 0, count == std::ssize(running->threads) ? 1 : 0, count};
  wait_for_block();
  return vote;
}

unsigned ballot(unsigned mask, bool mine) {
  unsigned votes = 0;
  me().left = mine ? 1 : 0;
  wait_for_warp(mask);
  const unsigned first = running->current / kWarp * kWarp;
  for (unsigned k = 0; k < kWarp && first + k < running->threads.size(); ++k) {
    const auto& thread = running->threads[first + k];
    if ((mask >> k & 1U) != 0 && thread.state != State::kDone && thread.left == 1) votes |= 1U << k;
  }
  wait_for_warp(mask);
  return votes;
}

std::uint64_t exchange_bits(unsigned mask, std::uint64_t mine, unsigned source) {
  me().left = mine;
  wait_for_warp(mask);
  const unsigned first = running->current / kWarp * kWarp;
  std::uint64_t theirs = 0xA5A5A5A5A5A5A5A5ULL;
  if (source < kWarp && first + source < running->threads.size() && (mask >> source & 1U) != 0) {
    theirs = running->threads[first + source].left;
  }
  wait_for_warp(mask);
  return theirs;
}

void* shared_bytes(const void* key, std::size_t bytes, std::size_t alignment) {
  auto& r = *running;
  const auto [entry, is_new] = r.arrays.try_emplace(key);
  if (is_new) {
    const std::size_t begin = (r.shared_end + alignment - 1) / alignment * alignment;
    if (begin + bytes + kGuard > sizeof(r.shared)) {
      throw std::runtime_error("a block shares more than a device has");
    }
    entry->second = {begin, bytes};
    guard(r, begin + bytes);
    r.shared_end = begin + bytes + kGuard;
  }
  return r.shared + entry->second.begin;
}

void* dynamic_shared() { return running->shared; }

}  // namespace cuda_on_cpu
