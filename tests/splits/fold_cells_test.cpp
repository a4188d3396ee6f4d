#include "splits/fold_cells.hpp"

#include "splits/made_material.hpp"

namespace cupel::test {
namespace {

using splits::CellNames;
using splits::cells_of_fold;
using splits::Part;

std::set<std::int64_t> rows_of(const std::vector<splits::SideCells>& list) {
  std::set<std::int64_t> rows;
  for (const auto& some : list) {
    for (const auto row : some.rows) EXPECT_TRUE(rows.insert(row).second) << row << " twice";
    EXPECT_TRUE(std::ranges::is_sorted(some.rows));
  }
  return rows;
}

// Rows by side from the definition: every cell looked up by its condition and name.
TEST(FoldCells, AreThoseOfTheFoldAndNoOthers) {
  for (const auto policy : {splits::ControlPolicy::kShared, splits::ControlPolicy::kTrain,
                            splits::ControlPolicy::kDisjoint}) {
    for (const auto* generator : {"gex", "cex", "random-cells", "kfold"}) {
      const MadeMaterial made(grid(3, 8), 7);
      const splits::Material& material = made;
      const auto manifest = split(generator, made, {.controls = policy});
      for (const auto& fold : manifest.folds) {
        std::map<std::pair<Part, bool>, std::set<std::int64_t>> expected;
        for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
          const auto& entry = made.list()[i];
          const bool control = is_control(entry.condition);
          const auto names = material.cell_names(entry);
          for (std::size_t k = 0; k < names.size(); ++k) {
            for (const auto part : {Part::kTrain, Part::kVal, Part::kTest}) {
              bool in = fold.part[i] == part || fold.part[i] == Part::kEvery;
              for (const auto& cell : fold.cells) {
                in = in || (cell.condition == static_cast<std::int32_t>(i) &&
                            cell.cell == names[k] && cell.part == part);
              }
              if (in) expected[{part, control}].insert(entry.rows[k]);
            }
          }
        }
        const auto cells = cells_of_fold(manifest, fold, made.list(), material.cell_names);
        const auto check = [&](const splits::Side& side, Part part) {
          EXPECT_EQ(rows_of(side.perturbed), (expected[{part, false}])) << generator;
          EXPECT_EQ(rows_of(side.controls), (expected[{part, true}])) << generator;
        };
        check(cells.train, Part::kTrain);
        check(cells.val, Part::kVal);
        check(cells.test, Part::kTest);
        EXPECT_FALSE(cells.test.perturbed.empty());
      }
    }
  }
}

TEST(FoldCells, LeaveWhatTheSplitDoesNotNameOut) {
  auto groups = grid(2, 4);
  const MadeMaterial before(groups);
  const auto manifest = split("gex", before, {.val = 0.0, .hold_out = {"g00"}});
  groups.push_back({.label = "new", .context = "c1"});
  groups.insert(groups.begin(), {.label = "older", .context = "c0"});
  const MadeMaterial after(groups);
  const splits::Material& material = after;
  const auto cells = cells_of_fold(manifest, manifest.folds[0], after.list(), material.cell_names);
  for (const auto* side : {&cells.train, &cells.val, &cells.test}) {
    for (const auto& some : side->perturbed) {
      const auto& entry = after.list()[static_cast<std::size_t>(some.entry)];
      EXPECT_NE(entry.condition.members[0], "new");
      EXPECT_NE(entry.condition.members[0], "older");
      EXPECT_EQ(some.rows, entry.rows);
      EXPECT_EQ(entry.condition, manifest.conditions[static_cast<std::size_t>(some.condition)]);
    }
  }
  EXPECT_EQ(cells.test.perturbed.size(), 2U);
  EXPECT_EQ(cells.train.perturbed.size(), 6U);
}

TEST(FoldCells, RefuseAScreenWithoutThem) {
  const MadeMaterial before(grid(2, 4));
  const auto manifest = split("gex", before, {.val = 0.0, .hold_out = {"g00"}});
  const MadeMaterial after(grid(2, 3));
  const splits::Material& material = after;
  EXPECT_EQ(error_of([&] {
              (void)cells_of_fold(manifest, manifest.folds[0], after.list(), material.cell_names);
            }),
            "split, fold 'all': the screen has no c0: g03");
  auto divided = split("random-cells", before);
  const splits::Material& all = before;
  const CellNames renamed = [&](const ConditionCells& entry) {
    auto names = all.cell_names(entry);
    names.back() += "?";
    return names;
  };
  EXPECT_NE(error_of([&] {
              (void)cells_of_fold(divided, divided.folds[0], before.list(), renamed);
            }).find("the screen has no cell 'g00/c0///"),
            std::string::npos);
  const CellNames twins = [&](const ConditionCells& entry) {
    auto names = all.cell_names(entry);
    names.back() = names.front();
    return names;
  };
  EXPECT_EQ(error_of([&] { (void)cells_of_fold(divided, divided.folds[0], before.list(), twins); }),
            "c0: g00: two cells are named 'g00/c0////0'");
}

}  // namespace
}  // namespace cupel::test
