#pragma once
#include <cstdint>
#include <functional>
#include <memory>

namespace cupel {

// Calls fn(begin, end) for [0, n) cut into pieces of `grain` (the last may be shorter), on all
// allowed threads. The cut depends on n and grain alone, so a result that is combined per piece
// does not depend on the number of threads. The first exception thrown is rethrown here.
void for_each_chunk(std::int64_t n, std::int64_t grain,
                    const std::function<void(std::int64_t, std::int64_t)>& fn);

// Number of threads that for_each_chunk may use.
[[nodiscard]] int thread_count();

// While alive, limits for_each_chunk to `threads` (0: no limit).
class ThreadLimit {
 public:
  explicit ThreadLimit(int threads);
  ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cupel
