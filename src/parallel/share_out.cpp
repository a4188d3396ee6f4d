#include "parallel/share_out.hpp"

#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace cupel {

void share_out(std::int32_t workers, std::int64_t n,
               const std::function<void(std::int32_t, std::int64_t)>& work,
               const std::function<void(std::int64_t)>& done) {
  if (workers <= 1) {
    for (std::int64_t job = 0; job < n; ++job) {
      work(0, job);
      done(job);
    }
    return;
  }
  std::mutex guard;  // of all below
  std::int64_t next = 0;
  std::int64_t reported = 0;  // jobs before it are done
  std::vector<bool> finished(static_cast<std::size_t>(n));
  std::map<std::int64_t, std::exception_ptr> failed;

  const auto take = [&] {
    const std::lock_guard lock(guard);
    return failed.empty() ? next++ : n;
  };
  // The jobs that may now be reported; a job whose report fails counts as failed.
  const auto report = [&] {
    while (reported < n && finished[static_cast<std::size_t>(reported)]) {
      try {
        done(reported);
      } catch (...) {
        finished[static_cast<std::size_t>(reported)] = false;
        failed.emplace(reported, std::current_exception());
        return;
      }
      ++reported;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::int32_t worker = 0; worker < workers; ++worker) {
      threads.emplace_back([&, worker] {
        for (auto job = take(); job < n; job = take()) {
          std::exception_ptr error;
          try {
            work(worker, job);
          } catch (...) {
            error = std::current_exception();
          }
          const std::lock_guard lock(guard);
          if (error != nullptr) {
            failed.emplace(job, error);
          } else {
            finished[static_cast<std::size_t>(job)] = true;
            report();
          }
        }
      });
    }
  }
  if (!failed.empty()) std::rethrow_exception(failed.begin()->second);
}

}  // namespace cupel
