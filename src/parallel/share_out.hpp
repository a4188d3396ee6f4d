#pragma once
#include <cstdint>
#include <functional>

namespace cupel {

// Gives jobs 0 .. n - 1 to `workers` threads, each of which takes the next one when it is free:
// work(worker, job). Calls done(job) in the order of the jobs, one at a time, once a job and all
// before it are finished. With one worker everything runs on the calling thread, in turn. After an
// exception no further job is begun; when all threads have ended, that of the first job that
// failed is rethrown, and done was called for those before it alone.
void share_out(std::int32_t workers, std::int64_t n,
               const std::function<void(std::int32_t worker, std::int64_t job)>& work,
               const std::function<void(std::int64_t job)>& done);

}  // namespace cupel
