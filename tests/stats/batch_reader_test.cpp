#include "stats/batch_reader.hpp"

#include <algorithm>
#include <numeric>
#include <thread>

#include "support/memory_screen.hpp"

namespace cupel {
namespace {

using test::error_of;
using Groups = std::vector<std::int32_t>;

constexpr std::int64_t kGroups = 8;

// Eight groups of two cells. Notes which thread reads, and fails at the read it is told to.
class Source final : public Screen {
 public:
  Source() : screen_(test::random_counts(2 * kGroups, 5, 1), {}) {
    for (std::int64_t group = 0; group < kGroups; ++group) {
      rows.push_back({2 * group, 2 * group + 1});
    }
  }
  const std::string& path() const override { return screen_.path(); }
  std::int64_t n_cells() const override { return screen_.n_cells(); }
  const std::vector<std::string>& genes() const override { return screen_.genes(); }
  const std::vector<std::string>& cell_names() override { return screen_.cell_names(); }
  std::vector<std::string> obs_names() const override { return screen_.obs_names(); }
  Column obs(std::string_view name) override { return screen_.obs(name); }
  MatrixInfo matrix_info() const override { return screen_.matrix_info(); }
  LoadedCells read(std::span<const std::int64_t> chosen) override {
    readers.push_back(std::this_thread::get_id());
    if (std::ssize(readers) == fails_at) throw Error(ErrorKind::kInput, "a damaged chunk");
    return screen_.read(chosen);
  }
  std::int64_t bytes_to_read(std::span<const std::int64_t> chosen) override {
    return screen_.bytes_to_read(chosen);
  }

  std::vector<std::vector<std::int64_t>> rows;
  std::vector<std::thread::id> readers;
  std::int64_t fails_at = -1;

 private:
  test::MemoryScreen screen_;
};

// The groups of each batch handed on. `use` gets as far as a device with room for `room` groups.
std::vector<Groups> batches(Source& source, std::vector<Groups> plan, Backend& backend,
                            std::size_t room, bool ahead = true) {
  StageClock stages;
  std::vector<Groups> handed;
  BatchReader reader(source, source.rows, std::move(plan), backend, stages);
  reader.for_each([&](GroupBatch&& batch) {
    handed.push_back(batch.groups);
    EXPECT_EQ(batch.cells.row_begin.size(), 2 * std::ssize(batch.groups));
    for (std::size_t k = 0; k < batch.groups.size(); ++k) {
      auto rows = std::vector(batch.file_rows.begin() + batch.start[k],
                              batch.file_rows.begin() + batch.start[k + 1]);
      std::ranges::sort(rows);
      EXPECT_EQ(rows, source.rows[static_cast<std::size_t>(batch.groups[k])]);
    }
    if (ahead) reader.read_ahead();
    if (batch.groups.size() > room) throw Error(ErrorKind::kOutOfMemory, "needs 123 bytes");
  });
  return handed;
}

const std::vector<Groups> kPlan{{3, 4, 0}, {1, 2}, {5, 6, 7}};

TEST(BatchReader, HandsOnThePlanInOrder) {
  for (const bool on_device : {false, true}) {
    const auto backend = on_device ? test::make_backend_on_cpu() : make_backend("cpu");
    for (const bool ahead : {false, true}) {
      Source source;
      EXPECT_EQ(batches(source, kPlan, *backend, kGroups, ahead), kPlan);
      EXPECT_EQ(source.readers.size(), 3U);
    }
  }
}

TEST(BatchReader, ReadsAheadOnAnotherThreadForADeviceAlone) {
  const auto here = std::this_thread::get_id();
  Source source;
  (void)batches(source, kPlan, *test::make_backend_on_cpu(), kGroups);
  ASSERT_EQ(source.readers.size(), 3U);
  EXPECT_EQ(source.readers[0], here);
  EXPECT_NE(source.readers[1], here);
  EXPECT_NE(source.readers[2], here);
  Source other;
  (void)batches(other, kPlan, *make_backend("cpu"), kGroups);
  EXPECT_EQ(other.readers, std::vector(3, here));
}

TEST(BatchReader, HalvesWhatDoesNotFitOnADevice) {
  for (const bool ahead : {false, true}) {
    Source source;
    const auto backend = test::make_backend_on_cpu();
    EXPECT_EQ(batches(source, {{0, 1, 2, 3, 4}, {5, 6, 7}}, *backend, 2, ahead),
              (std::vector<Groups>{{0, 1, 2, 3, 4}, {0, 1, 2}, {0, 1}, {2}, {3, 4}, {5, 6}, {7}}));
  }
}

TEST(BatchReader, GivesUpWhereOneGroupDoesNotFit) {
  Source source;
  const auto backend = test::make_backend_on_cpu();
  EXPECT_EQ(error_of([&] { (void)batches(source, kPlan, *backend, 0); }, ErrorKind::kOutOfMemory),
            "needs 123 bytes");
}

TEST(BatchReader, DoesNotTryAgainInHostMemory) {
  Source source;
  const auto backend = make_backend("cpu");
  EXPECT_EQ(error_of([&] { (void)batches(source, kPlan, *backend, 2); }, ErrorKind::kOutOfMemory),
            "needs 123 bytes");
  EXPECT_EQ(source.readers.size(), 1U);
}

TEST(BatchReader, PassesOnWhatReadingAheadMetAfterTheBatchBefore) {
  Source source;
  source.fails_at = 2;
  const auto backend = test::make_backend_on_cpu();
  StageClock stages;
  BatchReader reader(source, source.rows, kPlan, *backend, stages);
  std::vector<Groups> done;
  EXPECT_EQ(error_of([&] {
              reader.for_each([&](GroupBatch&& batch) {
                reader.read_ahead();
                done.push_back(batch.groups);
              });
            }),
            "a damaged chunk");
  EXPECT_EQ(done, std::vector<Groups>{kPlan[0]});
}

TEST(BatchReader, KeepsOtherErrorsOfTheBatch) {
  Source source;
  const auto backend = test::make_backend_on_cpu();
  StageClock stages;
  BatchReader reader(source, source.rows, kPlan, *backend, stages);
  int calls = 0;
  EXPECT_EQ(error_of(
                [&] {
                  reader.for_each([&](GroupBatch&&) {
                    ++calls;
                    reader.read_ahead();
                    throw Error(ErrorKind::kDevice, "lost");
                  });
                },
                ErrorKind::kDevice),
            "lost");
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace cupel
