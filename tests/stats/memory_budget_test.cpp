#include "stats/memory_budget.hpp"

#include <numeric>

#include "support/memory_screen.hpp"

namespace cupel {
namespace {

using Groups = std::vector<std::int32_t>;

// Four groups of ten cells over 50 genes, 400 bytes a cell.
class FitBatches : public ::testing::Test {
 protected:
  static constexpr std::int64_t kGroup = kDevicePerByte * 10 * 400 + kDeviceRows * 8 * 50;

  FitBatches() : screen_(test::random_counts(40, 50, 1), {}) {
    screen_.bytes_per_row = 400;
    for (std::int64_t group = 0; group < 4; ++group) {
      rows_.emplace_back(10);
      std::iota(rows_.back().begin(), rows_.back().end(), 10 * group);
    }
  }
  [[nodiscard]] std::vector<Groups> fit(const Backend& backend, std::int64_t resident) {
    return fit_batches({{2, 0, 1}, {3}}, screen_, rows_, backend, resident);
  }

 private:
  test::MemoryScreen screen_;
  std::vector<std::vector<std::int64_t>> rows_;
};

TEST_F(FitBatches, LeavesTheHostsPlanAlone) {
  EXPECT_EQ(fit(*make_backend("cpu"), std::int64_t{1} << 60),
            (std::vector<Groups>{{2, 0, 1}, {3}}));
}

TEST_F(FitBatches, CutsBatchesToWhatADeviceHolds) {
  const auto with = [&](std::int64_t limit, std::int64_t resident) {
    return fit(*test::make_backend_on_cpu(limit), resident);
  };
  EXPECT_EQ(with(3 * kGroup, 0), (std::vector<Groups>{{2, 0, 1}, {3}}));
  EXPECT_EQ(with(3 * kGroup - 1, 0), (std::vector<Groups>{{2, 0}, {1}, {3}}));
  EXPECT_EQ(with(3 * kGroup, 1), (std::vector<Groups>{{2, 0}, {1}, {3}}));
  EXPECT_EQ(with(kGroup, 0), (std::vector<Groups>{{2}, {0}, {1}, {3}}));
  EXPECT_EQ(with(1, 0), (std::vector<Groups>{{2}, {0}, {1}, {3}})) << "it refuses nothing";
}

}  // namespace
}  // namespace cupel
