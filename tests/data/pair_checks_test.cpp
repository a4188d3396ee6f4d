#include "data/pair_checks.hpp"

#include "support/memory_screen.hpp"

namespace cupel {
namespace {

using test::error_of;
using test::MemoryScreen;
using Names = std::vector<std::string>;

MemoryScreen named_screen(const Names& labels, const Names& genes, const Names& lines = {}) {
  std::map<std::string, Names> obs{{"target", labels}};
  if (!lines.empty()) obs.emplace("line", lines);
  return {test::random_counts(std::ssize(labels), std::ssize(genes), 1), obs, genes};
}

std::string verdict(MemoryScreen real, MemoryScreen pred, const std::string& context = "") {
  return error_of([&] {
    check_pair(real, group_cells(real, "target", "c", context), pred,
               group_cells(pred, "target", "c", context));
  });
}

TEST(CheckPair, AcceptsEqualGenesAndLabelsWithOtherCellNumbers) {
  EXPECT_EQ(
      verdict(named_screen({"A", "c"}, {"x", "y"}), named_screen({"c", "A", "A"}, {"x", "y"})), "");
}

TEST(CheckPair, CountsMissingGenesAndNamesTheFirst) {
  EXPECT_EQ(
      verdict(named_screen({"A", "c"}, {"x", "y", "z"}), named_screen({"A", "c"}, {"x"})),
      "memory.h5ad: 2 of 3 genes of memory.h5ad are missing (first: 'y'); subset and reorder the "
      "prediction's genes to the real file's");
}

TEST(CheckPair, CountsGenesThatTheRealSideLacks) {
  EXPECT_EQ(verdict(named_screen({"A", "c"}, {"x"}), named_screen({"A", "c"}, {"x", "y"})),
            "memory.h5ad: 1 of 2 genes are not in memory.h5ad (first: 'y'); subset and reorder the "
            "prediction's genes to the real file's");
}

TEST(CheckPair, RefusesAnotherGeneOrder) {
  EXPECT_EQ(
      verdict(named_screen({"A", "c"}, {"x", "y"}), named_screen({"A", "c"}, {"y", "x"})),
      "memory.h5ad: same genes as memory.h5ad in another order (gene 0 is 'y', expected 'x'); "
      "subset and reorder the prediction's genes to the real file's");
}

TEST(CheckPair, RefusesMissingPerturbations) {
  EXPECT_EQ(
      verdict(named_screen({"A", "B", "c"}, {"x"}), named_screen({"A", "c"}, {"x"})),
      "memory.h5ad: 1 of 2 perturbations of memory.h5ad are missing (first: 'B'); predict every "
      "perturbation");
}

TEST(CheckPair, RefusesUnknownPerturbations) {
  EXPECT_EQ(verdict(named_screen({"A", "c"}, {"x"}), named_screen({"A", "B", "c"}, {"x"})),
            "memory.h5ad: 1 perturbations are not in memory.h5ad (first: 'B'); drop their cells");
}

TEST(CheckPair, RefusesAMissingContext) {
  EXPECT_EQ(verdict(named_screen({"A", "c", "A", "c"}, {"x"}, {"p", "p", "q", "q"}),
                    named_screen({"A", "c"}, {"x"}, {"p", "p"}), "line"),
            "memory.h5ad: context 'q' is missing, but is in memory.h5ad; both files need the same "
            "contexts");
}

}  // namespace
}  // namespace cupel
