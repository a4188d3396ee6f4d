#include "data/inspection.hpp"

#include "support/memory_screen.hpp"

namespace cupel {
namespace {

using test::MemoryScreen;

TEST(GuessPerturbationColumns, PrefersANameAndAControlLabelOverBatchAndBarcode) {
  MemoryScreen screen(test::random_counts(6, 2, 1),
                      {{"batch", {"a", "a", "a", "b", "b", "b"}},
                       {"barcode", {"1", "2", "3", "4", "5", "6"}},
                       {"gene_target", {"A", "A", "A", "non-targeting", "B", "B"}}});
  const auto guesses = guess_perturbation_columns(screen);
  EXPECT_EQ(guesses.front().column.name, "gene_target");
  EXPECT_EQ(guesses.front().control, "non-targeting");
  EXPECT_EQ(guesses.back().likelihood, 0.0);
}

std::string verdict(std::vector<double> values) {
  MemoryScreen screen({1, std::ssize(values), values}, {});
  return sample_scale(screen).verdict();
}

TEST(SampleScale, TellsCountsFromLognorm) {
  EXPECT_EQ(verdict({0, 1, 25}), "counts");
  EXPECT_EQ(verdict({0, 1.5, 3}), "lognorm (log1p of normalised counts), by its range");
  EXPECT_EQ(verdict({0, 0, 0}), "all zero");
  EXPECT_EQ(verdict({0, -1, 3}), "something else: holds negative values");
}

TEST(SampleScale, MeasuresWhatIsStored) {
  MemoryScreen screen({2, 2, {0, 3, 1, 4}}, {});
  const auto sample = sample_scale(screen);
  EXPECT_EQ(sample.cells, 2);
  EXPECT_DOUBLE_EQ(sample.share_nonzero, 0.75);
  EXPECT_EQ(sample.smallest, 1);
  EXPECT_EQ(sample.largest, 4);
  EXPECT_EQ(sample.median_total, 5);
}

}  // namespace
}  // namespace cupel
