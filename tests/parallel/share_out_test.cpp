#include "parallel/share_out.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace cupel::test {
namespace {

// Opens when asked to; a job that waits at one holds its worker until then.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(guard_);
    open_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(guard_);
    changed_.wait(lock, [&] { return open_; });
  }

 private:
  std::mutex guard_;
  std::condition_variable changed_;
  bool open_ = false;
};

TEST(ShareOut, DoesEachJobOnceAndReportsInOrder) {
  for (const std::int32_t workers : {1, 2, 3, 8}) {
    for (const std::int64_t n : {0, 1, 2, 7, 100}) {
      std::vector<std::atomic<int>> worked(static_cast<std::size_t>(n));
      std::vector<std::int64_t> reported;
      share_out(
          workers, n,
          [&](std::int32_t worker, std::int64_t job) {
            EXPECT_GE(worker, 0);
            EXPECT_LT(worker, workers);
            ++worked[static_cast<std::size_t>(job)];
          },
          [&](std::int64_t job) {
            EXPECT_EQ(worked[static_cast<std::size_t>(job)], 1);
            reported.push_back(job);
          });
      for (const auto& count : worked) EXPECT_EQ(count, 1);
      ASSERT_EQ(std::ssize(reported), n);
      for (std::int64_t i = 0; i < n; ++i) EXPECT_EQ(reported[static_cast<std::size_t>(i)], i);
    }
  }
}

TEST(ShareOut, LetsAFreeWorkerTakeTheNextJob) {
  Gate others_done;
  std::atomic<int> left{4};
  std::vector<std::int32_t> who(5);
  share_out(
      2, 5,
      [&](std::int32_t worker, std::int64_t job) {
        who[static_cast<std::size_t>(job)] = worker;
        if (job == 0) {
          others_done.wait();  // jobs 1 to 4 must all go to the other worker, or this never ends
        } else if (--left == 0) {
          others_done.open();
        }
      },
      [](std::int64_t) {});
  for (int job = 1; job < 5; ++job) EXPECT_NE(who[static_cast<std::size_t>(job)], who[0]);
}

TEST(ShareOut, WaitsWithAReportForTheJobsBefore) {
  Gate second_done;
  std::atomic<bool> first_done = false;
  std::vector<std::int64_t> reported;
  share_out(
      2, 2,
      [&](std::int32_t, std::int64_t job) {
        if (job == 1) {
          second_done.open();
          return;
        }
        second_done.wait();
        first_done = true;
      },
      [&](std::int64_t job) {
        EXPECT_TRUE(first_done);
        reported.push_back(job);
      });
  EXPECT_EQ(reported, (std::vector<std::int64_t>{0, 1}));
}

TEST(ShareOut, RethrowsTheErrorOfTheFirstJobThatFailed) {
  for (const std::int32_t workers : {1, 2}) {
    Gate third_failed;
    std::vector<std::int64_t> reported;
    const auto run = [&] {
      share_out(
          workers, 100,
          [&](std::int32_t, std::int64_t job) {
            if (job == 2) {
              third_failed.open();
              throw std::runtime_error("job 2");
            }
            if (job == 1 && workers == 2) {  // in the end it fails as well, but later
              third_failed.wait();
              std::this_thread::sleep_for(std::chrono::milliseconds(20));
              throw std::runtime_error("job 1");
            }
            EXPECT_LT(job, 2);
          },
          [&](std::int64_t job) { reported.push_back(job); });
    };
    try {
      run();
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), workers == 1 ? "job 2" : "job 1");
    }
    EXPECT_EQ(reported,
              workers == 1 ? (std::vector<std::int64_t>{0, 1}) : (std::vector<std::int64_t>{0}));
  }
}

TEST(ShareOut, TakesAReportThatThrowsForAFailedJob) {
  for (const std::int32_t workers : {1, 3}) {
    int reports = 0;
    EXPECT_THROW(share_out(
                     workers, 50, [](std::int32_t, std::int64_t) {},
                     [&](std::int64_t job) {
                       ++reports;
                       if (job == 4) throw std::runtime_error("the disk is full");
                     }),
                 std::runtime_error);
    EXPECT_EQ(reports, 5);
  }
}

}  // namespace
}  // namespace cupel::test
