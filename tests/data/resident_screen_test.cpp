#include "data/resident_screen.hpp"

#include "support/memory_screen.hpp"

namespace cupel::test {
namespace {

TEST(ResidentScreen, ReadsWhatTheScreenReads) {
  const auto counts = random_counts(40, 30, 3);
  const auto screen =
      std::make_shared<MemoryScreen>(counts, std::map<std::string, std::vector<std::string>>{});
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 1; row < 40; row += 2) rows.push_back(row);
  ResidentScreen resident(screen, rows);
  for (const auto& asked :
       {rows, std::vector<std::int64_t>{3, 9, 11}, std::vector<std::int64_t>{}}) {
    const auto kept = resident.read(asked);
    const auto read = screen->read(asked);
    EXPECT_EQ(kept.row_key, read.row_key);
    ASSERT_EQ(kept.cells.view().rows, std::ssize(asked));
    visit(kept.cells.view(), [&](const auto& typed) {
      for (std::int64_t i = 0; i < typed.rows; ++i) {
        auto at = typed.row_begin[i];
        for (std::int64_t gene = 0; gene < 30; ++gene) {
          const double value = counts(asked[static_cast<std::size_t>(i)], gene);
          if (value == 0.0) continue;
          EXPECT_EQ(typed.genes[at], gene);
          EXPECT_EQ(static_cast<double>(typed.values[at++]), value);
        }
        EXPECT_EQ(at, typed.row_begin[i] + typed.row_length[i]);
      }
    });
    const auto& cells = kept.cells;
    EXPECT_GE(resident.bytes_to_read(asked), cells.genes.size() + cells.values.size());
  }
  EXPECT_THROW((void)resident.read(std::vector<std::int64_t>{2}), Error);
}

}  // namespace
}  // namespace cupel::test
