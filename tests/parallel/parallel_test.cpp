#include "parallel/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace cupel::test {
namespace {

TEST(ForEachChunk, CoversTheRangeOnceInPiecesOfTheGrain) {
  for (const std::int64_t n : {0, 1, 9, 10, 11, 1000}) {
    std::vector<std::atomic<int>> seen(static_cast<std::size_t>(n));
    for_each_chunk(n, 10, [&](std::int64_t begin, std::int64_t end) {
      EXPECT_EQ(begin % 10, 0);
      EXPECT_EQ(end, std::min(n, begin + 10));
      for (std::int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
    });
    for (const auto& count : seen) EXPECT_EQ(count, 1);
  }
}

TEST(ForEachChunk, RethrowsWhatAPieceThrows) {
  EXPECT_THROW(for_each_chunk(100, 1,
                              [](std::int64_t begin, std::int64_t) {
                                if (begin == 50) throw std::runtime_error("piece 50");
                              }),
               std::runtime_error);
}

TEST(ThreadLimit, KeepsWorkToSoManyThreadsWhileAlive) {
  const int unlimited = thread_count();
  {
    const ThreadLimit limit(1);
    EXPECT_EQ(thread_count(), 1);
    std::mutex mutex;
    std::set<std::thread::id> threads;
    for_each_chunk(200, 1, [&](std::int64_t, std::int64_t) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    });
    EXPECT_EQ(threads.size(), 1U);
  }
  EXPECT_EQ(thread_count(), unlimited);
}

}  // namespace
}  // namespace cupel::test
