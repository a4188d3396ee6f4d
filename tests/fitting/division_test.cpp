#include "fitting/division.hpp"

#include <set>

#include "cupel/error.hpp"
#include "splits/made_material.hpp"

namespace cupel::fitting {
namespace {

using test::MadeMaterial;
using Names = std::vector<std::string>;

const NameRule kNames{.controls = {"ctrl"}};

Division divide(const splits::Manifest& manifest, const MadeMaterial& made, bool with_val = false,
                std::size_t fold = 0) {
  const splits::Material& material = made;
  return divide_by_fold(made.list(), manifest, manifest.folds[fold], with_val, material.cell_names);
}

template <typename List>
Names described(const List& list) {
  Names names;
  for (const auto& one : list) names.push_back(describe(one.condition));
  return names;
}

// Rows of a list of conditions, each once.
template <typename List>
std::set<std::int64_t> rows_in(const List& list) {
  std::set<std::int64_t> rows;
  for (const auto& one : list) {
    const auto& batches = [&]() -> const std::vector<ConditionCells>& {
      if constexpr (requires { one.batches; }) {
        return one.batches;
      } else {
        return one.cells;
      }
    }();
    for (const auto& batch : batches) {
      for (const auto row : batch.rows) EXPECT_TRUE(rows.insert(row).second) << row;
    }
  }
  return rows;
}

bool share(const std::set<std::int64_t>& a, const std::set<std::int64_t>& b) {
  return std::ranges::any_of(a, [&](std::int64_t row) { return b.contains(row); });
}

TEST(DivisionByFold, TrainsWhatTrainsAndAsksWhatIsTested) {
  const MadeMaterial made(test::grid(2, 10));
  const auto manifest = test::split("gex", made);
  const auto division = divide(manifest, made);
  std::size_t n[splits::kParts] = {};
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    if (!is_control(manifest.conditions[i])) {
      ++n[static_cast<std::size_t>(manifest.folds[0].part[i])];
    }
  }
  ASSERT_GT(n[static_cast<std::size_t>(splits::Part::kVal)], 0U);
  EXPECT_EQ(division.train.size(), n[static_cast<std::size_t>(splits::Part::kTrain)]);
  EXPECT_EQ(division.asked.size(), n[static_cast<std::size_t>(splits::Part::kTest)]);
  EXPECT_EQ(described(division.control), (Names{"c0: control", "c1: control"}));
  EXPECT_EQ(division.train[0].n_cells(), 3);
  EXPECT_FALSE(share(rows_in(division.train), rows_in(division.asked)));
  const auto more = divide(manifest, made, true);
  EXPECT_EQ(more.train.size(),
            division.train.size() + n[static_cast<std::size_t>(splits::Part::kVal)]);
  EXPECT_EQ(described(more.asked), described(division.asked));
}

TEST(DivisionByFold, DividesCells) {
  const MadeMaterial made(test::grid(1, 4));
  splits::SplitOptions options;
  options.controls = splits::ControlPolicy::kDisjoint;
  options.test = 0.34;
  options.val = 0.33;
  const auto division = divide(test::split("random-cells", made, options), made);
  const auto train = rows_in(division.train);
  const auto asked = rows_in(division.asked);
  EXPECT_FALSE(train.empty());
  EXPECT_FALSE(asked.empty());
  EXPECT_FALSE(share(train, asked));
  EXPECT_LT(train.size() + asked.size(), 12U) << "cells of val were taken";
  EXPECT_FALSE(share(rows_in(division.control), rows_in(division.test_control)));
  EXPECT_EQ(rows_in(division.control).size(), 4U);
}

TEST(DivisionByFold, HidesControlsThatDoNotTrain) {
  const MadeMaterial made(test::grid(3, 4));
  splits::SplitOptions options;
  options.hold_out = {"c1"};
  options.val = 0.0;
  options.hide_controls = true;
  const auto division = divide(test::split("cex", made, options), made);
  EXPECT_EQ(described(division.control), (Names{"c0: control", "c2: control"}));
  EXPECT_EQ(division.asked.size(), 4U);
  EXPECT_EQ(division.asked[0].condition.context, "c1");
  EXPECT_EQ(described(division.test_control), (Names{"c0: control", "c1: control", "c2: control"}));
}

TEST(DivisionByFold, AsksWhatTheScreenNeedNotHave) {
  const MadeMaterial made(test::pairs_screen());
  const auto manifest = test::split("combo", made);
  const auto whole = divide(manifest, made);
  ASSERT_FALSE(whole.asked.empty());
  // A file that holds what trains, and something else.
  std::vector<ConditionCells> kept;
  for (const auto& entry : made.list()) {
    const bool asked = std::ranges::any_of(
        whole.asked, [&](const auto& one) { return one.condition == entry.condition; });
    if (!asked) kept.push_back(entry);
  }
  kept.push_back(
      {.condition = {.context = "c", .members = {"new"}}, .labels = {"new"}, .rows = {7}});
  const splits::Material& material = made;
  const auto part = divide_by_fold(kept, manifest, manifest.folds[0], false, material.cell_names);
  EXPECT_EQ(described(part.asked), described(whole.asked));
  EXPECT_EQ(described(part.train), described(whole.train));
  EXPECT_EQ(part.asked[0].task, whole.asked[0].task);
  EXPECT_FALSE(part.asked[0].task.empty());
  EXPECT_EQ(part.asked[0].labels, Names{canonical_name(part.asked[0].condition.members)});
  EXPECT_EQ(part.asked[0].n_cells(), 0);
  EXPECT_EQ(part.not_in_split, 1);
  EXPECT_EQ(part.not_in_screen, 0);
  kept.resize(3);
  EXPECT_GT(
      divide_by_fold(kept, manifest, manifest.folds[0], false, material.cell_names).not_in_screen,
      0);
}

TEST(DivisionByFold, PutsBatchesTogether) {
  const MadeMaterial made({{.label = "ctrl", .batch = "1"},
                           {.label = "ctrl", .batch = "2"},
                           {.label = "a", .cells = 2, .batch = "1"},
                           {.label = "a", .cells = 5, .batch = "2"},
                           {.label = "b", .batch = "1"}});
  const Names lines{"b"};
  const auto division = divide_by_lines(made.list(), lines, "list", false, kNames);
  ASSERT_EQ(division.train.size(), 1U);
  EXPECT_EQ(division.train[0].batches.size(), 2U);
  EXPECT_EQ(division.train[0].n_cells(), 7);
  EXPECT_TRUE(division.train[0].condition.batch.empty());
  EXPECT_EQ(division.control.size(), 1U);
}

TEST(DivisionByLines, ComparesNamesNotTexts) {
  const MadeMaterial made({{.label = "ctrl", .context = "x"},
                           {.label = "ctrl", .context = "y"},
                           {.label = "A+B", .context = "x"},
                           {.label = "B+ctrl", .context = "x"},
                           {.label = "C", .context = "x"},
                           {.label = "C", .context = "y"}});
  const Names lines{"B+A", "x\tC"};
  const auto division = divide_by_lines(made.list(), lines, "list", false, kNames);
  // Asked in every context that a line means, whether it is there or not.
  EXPECT_EQ(described(division.asked), (Names{"x: A+B", "x: C", "y: A+B"}));
  EXPECT_EQ(division.asked[0].labels, Names{"A+B"});
  EXPECT_EQ(division.asked[2].labels, Names{"B+A"});
  EXPECT_EQ(described(division.train), (Names{"x: B", "y: C"}));
  const auto other = divide_by_lines(made.list(), lines, "list", true, kNames);
  EXPECT_EQ(described(other.train), (Names{"x: A+B", "x: C"}));
  EXPECT_EQ(described(other.asked), (Names{"x: B", "y: C"}));
}

TEST(DivisionByLines, KnowsDoses) {
  const MadeMaterial made({{.label = "ctrl"},
                           {.label = "d", .dose = "0.10"},
                           {.label = "d", .dose = "1"},
                           {.label = "e", .dose = "1"}});
  const Names one{"c\td\t0.1"};
  EXPECT_EQ(described(divide_by_lines(made.list(), one, "list", false, kNames).asked),
            Names{"c: d at 0.1"});
  const Names both{"d"};
  EXPECT_EQ(described(divide_by_lines(made.list(), both, "list", false, kNames).asked),
            (Names{"c: d at 0.1", "c: d at 1"}));
  const Names unseen{"c\td\t10"};
  EXPECT_EQ(described(divide_by_lines(made.list(), unseen, "list", false, kNames).asked),
            Names{"c: d at 10"});
}

TEST(DivisionByLines, RefusesWhatCannotBeMeant) {
  const MadeMaterial made(test::grid(1, 3));
  const auto refusal = [&](const std::string& line, bool trains) -> std::string {
    try {
      static_cast<void>(divide_by_lines(made.list(), Names{line}, "list", trains, kNames));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal("ctrl", false), "list: names the control 'ctrl', which is always trained on");
  EXPECT_EQ(refusal("k\tg00", false), "list: no context named 'k'");
  EXPECT_EQ(refusal("g99", true), "list: no cells of 'g99' in the screen");
  EXPECT_EQ(refusal("g99", false), "");
  EXPECT_NE(refusal("a++b", false).find("has an empty member"), std::string::npos);
  EXPECT_THROW(static_cast<void>(divide_by_lines(made.list(), {}, "list", true, kNames)), Error);
}

TEST(FindFold, TakesTheOnlyOneOrTheOneNamed) {
  const MadeMaterial made(test::grid(1, 10));
  const auto one = test::split("gex", made);
  EXPECT_EQ(&find_fold(one, "", "s.json"), &one.folds[0]);
  EXPECT_EQ(&find_fold(one, one.folds[0].name, "s.json"), &one.folds[0]);
  const auto five = test::split("kfold", made);
  EXPECT_EQ(&find_fold(five, five.folds[3].name, "s.json"), &five.folds[3]);
  EXPECT_THROW(static_cast<void>(find_fold(five, "", "s.json")), Error);
  EXPECT_THROW(static_cast<void>(find_fold(five, "none", "s.json")), Error);
}

}  // namespace
}  // namespace cupel::fitting
