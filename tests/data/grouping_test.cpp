#include "data/grouping.hpp"

#include "support/memory_screen.hpp"

namespace cupel {
namespace {

using test::error_of;
using test::MemoryScreen;

MemoryScreen screen_of(std::vector<std::string> labels, std::vector<std::string> contexts = {}) {
  const auto n = std::ssize(labels);
  std::map<std::string, std::vector<std::string>> obs{{"target", std::move(labels)}};
  if (!contexts.empty()) obs.emplace("line", std::move(contexts));
  return {test::random_counts(n, 2, 1), std::move(obs)};
}

TEST(GroupCells, ListsEachPerturbationsRowsInLabelOrder) {
  auto screen = screen_of({"B", "ctrl", "A", "B", "ctrl"});
  const auto groups = group_cells(screen, "target", "ctrl", "");
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].perturbations, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(groups[0].rows, (std::vector<std::vector<std::int64_t>>{{2}, {0, 3}}));
  EXPECT_EQ(groups[0].control, (std::vector<std::int64_t>{1, 4}));
}

TEST(GroupCells, GivesEachContextItsOwnControl) {
  auto screen = screen_of({"A", "ctrl", "A", "ctrl"}, {"y", "x", "x", "y"});
  const auto groups = group_cells(screen, "target", "ctrl", "line");
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].context, "x");
  EXPECT_EQ(groups[0].control, (std::vector<std::int64_t>{1}));
  EXPECT_EQ(groups[1].context, "y");
  EXPECT_EQ(groups[1].control, (std::vector<std::int64_t>{3}));
}

TEST(GroupCells, RefusesAMissingControlAndSuggestsTheNearestLabel) {
  auto screen = screen_of({"A", "non_targeting"});
  EXPECT_EQ(error_of([&] { (void)group_cells(screen, "target", "non-targeting", ""); }),
            "memory.h5ad: no cell is labelled 'non-targeting' in obs column 'target' (did you mean "
            "'non_targeting'?); give --control one of: A, non_targeting");
}

TEST(GroupCells, RefusesAContextWithoutControl) {
  auto screen = screen_of({"A", "ctrl", "A"}, {"x", "x", "y"});
  EXPECT_EQ(error_of([&] { (void)group_cells(screen, "target", "ctrl", "line"); }),
            "memory.h5ad: context 'y' has no control cells ('ctrl' in 'target'); every context is "
            "scored against its own controls");
}

TEST(GroupCells, RefusesAScreenOfControlsAlone) {
  auto screen = screen_of({"ctrl", "ctrl"});
  EXPECT_EQ(error_of([&] { (void)group_cells(screen, "target", "ctrl", ""); }),
            "memory.h5ad: every cell is labelled 'ctrl' in obs column 'target'; there is no "
            "perturbation to judge");
}

TEST(GroupCells, RefusesACellWithoutALabel) {
  auto screen = screen_of({"A", "", "ctrl"});
  EXPECT_EQ(error_of([&] { (void)group_cells(screen, "target", "ctrl", ""); }),
            "memory.h5ad: cell 1 has no label in obs column 'target'; label it or drop it");
}

}  // namespace
}  // namespace cupel
