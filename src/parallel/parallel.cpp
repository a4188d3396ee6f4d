#include "parallel/parallel.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>

namespace cupel {

void for_each_chunk(std::int64_t n, std::int64_t grain,
                    const std::function<void(std::int64_t, std::int64_t)>& fn) {
  const std::int64_t chunks = (n + grain - 1) / grain;
  tbb::parallel_for(
      std::int64_t{0}, chunks,
      [&](std::int64_t chunk) { fn(chunk * grain, std::min(n, (chunk + 1) * grain)); },
      tbb::simple_partitioner{});
}

int thread_count() {
  return static_cast<int>(
      tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism));
}

// Built in place: a global_control that is copied or moved stops limiting.
struct ThreadLimit::Impl {
  explicit Impl(std::size_t threads)
      : control(tbb::global_control::max_allowed_parallelism, threads) {}
  tbb::global_control control;
};

ThreadLimit::ThreadLimit(int threads) {
  if (threads > 0) impl_ = std::make_unique<Impl>(static_cast<std::size_t>(threads));
}

ThreadLimit::~ThreadLimit() = default;

}  // namespace cupel
