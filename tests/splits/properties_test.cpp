// What holds for every generator: checked by definitions, over several screens and seeds.
#include <set>

#include "report/split_manifest.hpp"
#include "splits/formats/imported.hpp"
#include "splits/made_material.hpp"

namespace cupel::test {
namespace {

using splits::Key;
using splits::Manifest;
using splits::Part;
using splits::SplitOptions;

struct SplitCase {
  std::string generator;
  SplitOptions options = {};
  std::string note = {};
};

void PrintTo(const SplitCase& c, std::ostream* to) { *to << c.generator << " " << c.note; }

// Three contexts of two datasets, with singles, pairs, one triple, doses and batches.
std::vector<MadeCells> rich_screen() {
  std::vector<MadeCells> groups;
  for (const std::string context : {"K562", "RPE1", "Jurkat"}) {
    const std::string dataset = context == "Jurkat" ? "two" : "one";
    for (const std::string batch : {"1", "2"}) {
      MadeCells some{.label = "ctrl", .context = context, .cells = 8};
      some.batch = batch;
      some.dataset = dataset;
      groups.push_back(some);
      some.cells = 2;
      for (const auto* label : {"A", "B+ctrl", "C", "D", "E", "F", "G", "H", "I", "J", "A+B", "C+A",
                                "D+E", "F+G", "H+I", "B+C", "E+J", "A+B+C", "A+X"}) {
        if (context == "Jurkat" && label[0] == 'J') continue;
        some.label = label;
        for (const auto* dose : {"0.1", "1", "10"}) {
          some.dose = dose;
          groups.push_back(some);
        }
      }
    }
  }
  return groups;
}

class EverySplit : public ::testing::TestWithParam<SplitCase> {};

// Values of a key by its words, not by the code under test.
std::set<std::string> slow_values(Key key, const Condition& c) {
  const auto name = canonical_name(c.members);
  const auto doses = c.doses.empty() ? "" : canonical_name(c.doses);
  switch (key) {
    case Key::kUnit:
      return {c.dataset + "|" + c.context + "|" + name + "|" + doses + "|" + c.batch};
    case Key::kCondition:
      return {c.dataset + "|" + c.context + "|" + name + "|" + doses};
    case Key::kPair:
      return {c.dataset + "|" + c.context + "|" + name};
    case Key::kDose:
      return {name + "|" + doses};
    case Key::kPerturbation:
      return {name};
    case Key::kMember:
    case Key::kGroup:
      return {c.members.begin(), c.members.end()};
    case Key::kContext:
      return {c.context};
    case Key::kBatch:
      return {c.dataset + "|" + c.batch};
    case Key::kDataset:
      return {c.dataset};
    case Key::kCell:
      break;
  }
  return {};
}

TEST_P(EverySplit, KeepsWhatItPromisesApart) {
  const MadeMaterial made(rich_screen());
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    auto options = GetParam().options;
    options.seed = seed;
    const auto manifest = split(GetParam().generator, made, options);
    ASSERT_FALSE(manifest.folds.empty());
    for (const auto& fold : manifest.folds) {
      ASSERT_EQ(fold.part.size(), made.list().size());
      std::set<std::int32_t> divided;
      std::map<std::int32_t, std::set<std::string>> cells;
      for (const auto& cell : fold.cells) {
        divided.insert(cell.condition);
        EXPECT_TRUE(cells[cell.condition].insert(cell.cell).second) << cell.cell << " twice";
      }
      std::size_t tested = 0;
      std::size_t trained = 0;
      for (std::size_t i = 0; i < fold.part.size(); ++i) {
        const auto part = fold.part[i];
        EXPECT_EQ(part == Part::kByCell, divided.contains(static_cast<std::int32_t>(i)));
        if (part == Part::kByCell) {  // every cell, and no other
          EXPECT_EQ(cells[static_cast<std::int32_t>(i)].size(), made.list()[i].rows.size());
        }
        if (is_control(manifest.conditions[i])) {
          EXPECT_TRUE(part == Part::kEvery || part == Part::kByCell);
          continue;
        }
        tested += part == Part::kTest || part == Part::kByCell ? 1 : 0;
        trained += part == Part::kTrain || part == Part::kByCell ? 1 : 0;
        EXPECT_NE(part, Part::kEvery);
      }
      EXPECT_GT(tested, 0U);
      EXPECT_GT(trained, 0U);
      for (const auto& promise : manifest.promises) {
        for (const auto key : promise.disjoint_by) {
          std::set<std::string> seen;
          for (std::size_t i = 0; i < fold.part.size(); ++i) {
            const auto part = fold.part[i];
            if (part != Part::kTrain && part != Part::kVal) continue;
            if (is_control(manifest.conditions[i])) continue;
            seen.merge(slow_values(key, manifest.conditions[i]));
          }
          for (std::size_t i = 0; i < fold.part.size(); ++i) {
            if (fold.part[i] != Part::kTest || fold.task[i] != promise.task) continue;
            for (const auto& value : slow_values(key, manifest.conditions[i])) {
              EXPECT_FALSE(seen.contains(value)) << key_name(key) << " " << value;
            }
          }
        }
      }
    }
  }
}

TEST_P(EverySplit, IsTheSameForAnyOrderOfTheRows) {
  const MadeMaterial made(rich_screen());
  const MadeMaterial other(rich_screen(), 99);
  ASSERT_NE(made.list().front().rows, other.list().front().rows);
  const auto first = split_json(split(GetParam().generator, made, GetParam().options));
  EXPECT_EQ(first, split_json(split(GetParam().generator, other, GetParam().options)));
}

TEST_P(EverySplit, ReadsBackAsItWasWritten) {
  const MadeMaterial made(rich_screen());
  const auto text = split_json(split(GetParam().generator, made, GetParam().options));
  const auto back = parse_split(text, "split.json");
  EXPECT_EQ(split_json(back), text);
}

// Written as a part of every cell and read back, a split is the same but for what it calls things.
TEST_P(EverySplit, SurvivesATripThroughATableOfCells) {
  const MadeMaterial made(rich_screen());
  auto options = GetParam().options;
  if (options.controls == splits::ControlPolicy::kShared) {
    options.controls = splits::ControlPolicy::kTrain;  // a cell has one part there
  }
  const auto manifest = split(GetParam().generator, made, options);
  for (const auto& fold : manifest.folds) {
    const auto back = splits::fold_of_cells(made, splits::cells_of(manifest, fold, made));
    EXPECT_EQ(back.part, fold.part);
    EXPECT_EQ(back.cells, fold.cells);
    const auto imported =
        splits::imported_manifest(made, {back}, "perturbench", splits::ControlPolicy::kTrain);
    EXPECT_EQ(parse_split(split_json(imported), "s").folds[0].part, back.part);
  }
}

std::vector<SplitCase> split_cases() {
  return {
      {"gex"},
      {"gex", {.loose = true}, "loose"},
      {"gex", {.controls = splits::ControlPolicy::kDisjoint}, "disjoint"},
      {"dex"},
      {"dex", {.groups = {{"A", "x"}, {"B", "x"}, {"C", "y"}, {"D", "y"}}}, "groups"},
      {"cex"},
      {"cex", {.mode = "random"}, "random"},
      {"combo"},
      {"combo", {.mode = "combine"}, "combine"},
      {"combo", {.mode = "combine-inverse"}, "combine_inverse"},
      {"kfold"},
      {"kfold", {.unit = "perturbation", .folds = 4, .repeats = 2}, "perturbation"},
      {"kfold", {.unit = "context", .folds = 3}, "context"},
      {"random-cells"},
      {"aex"},
      {"aex", {.mode = "joint"}, "joint"},
      {"few-shot", {.val = 0.2, .budgets = {0, 2, 6}}},
      {"transfer"},
      {"dose"},
      {"dose", {.mode = "above"}, "above"},
      {"dose", {.mode = "below"}, "below"},
      {"cross-dataset"},
      {"context-clusters", {.clusters = 2}},
      {"context-clusters", {.mode = "one", .clusters = 3, .linkage = "ward"}, "one"},
      {"batches"},
      {"batches", {.mode = "balanced"}, "balanced"},
  };
}

std::string name_of_case(const ::testing::TestParamInfo<SplitCase>& c) {
  auto name = c.param.generator + "_" + c.param.note;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Of, EverySplit, ::testing::ValuesIn(split_cases()), name_of_case);

TEST(Splits, AreAllUnderTest) {
  std::set<std::string> tested{"gears"};  // its own file: it knows no triples
  for (const auto& one : split_cases()) tested.insert(one.generator);
  for (const auto& generator : splits::all_generators()) {
    EXPECT_TRUE(tested.contains(std::string(generator.name))) << generator.name;
  }
}

TEST(Splits, DifferBySeed) {
  const MadeMaterial made(rich_screen());
  std::set<std::string> hashes;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    hashes.insert(splits::manifest_sha256(split("gex", made, {.seed = seed})));
  }
  EXPECT_GT(hashes.size(), 3U);
}

TEST(Splits, RefuseOptionsThatAreNotTheirs) {
  const MadeMaterial made(grid(2, 6));
  const auto refusal = [&](const std::string& name, SplitOptions options,
                           const std::set<std::string>& given = {}) {
    return error_of(
        [&] { (void)splits::make_split(splits::find_generator(name), made, options, given); },
        ErrorKind::kUsage);
  };
  EXPECT_EQ(refusal("gex", {}, {"folds"}),
            "gex takes no --folds; it takes --test, --val, --hold-out, --validate, --loose, "
            "--stratify");
  EXPECT_EQ(refusal("gex", {.test = 1.5}), "--test 1.5 is not a share from 0 to below 1");
  EXPECT_EQ(refusal("cex", {.mode = "some"}), "cex: no --mode 'some'; known: each, random");
  EXPECT_EQ(refusal("kfold", {.folds = 1}), "kfold: takes 2 folds or more and 1 repeat or more");
  EXPECT_EQ(
      refusal("gex", {.hold_out = {"g0"}}),
      "gex: no perturbation named 'g0' (did you mean 'g00'?); known: g00, g01, g02, g03, g04, "
      "g05");
  EXPECT_EQ(refusal("gex", {.hold_out = {"g00"}, .validate = {"g00"}}),
            "gex: 'g00' is to be tested and validated");
  EXPECT_EQ(error_of([] { (void)splits::find_generator("gx"); }, ErrorKind::kUsage).substr(0, 42),
            "no split named 'gx' (did you mean 'gex'?);");
}

TEST(Splits, RefuseScreensThatAreTooSmall) {
  const MadeMaterial one(grid(1, 1));
  EXPECT_EQ(error_of([&] { (void)split("gex", one); }),
            "gex: 1 perturbations are too few to hold some out and train on the rest");
  EXPECT_EQ(error_of([&] { (void)split("cex", one); }),
            "cex: needs two contexts or more; give --context-col");
  EXPECT_EQ(error_of([&] { (void)split("combo", one); }),
            "combo: no label is a combination; give the --separator between members");
  EXPECT_NE(error_of([&] { (void)split("kfold", one); }), "");
  const MadeMaterial none(grid(2, 0));
  EXPECT_EQ(error_of([&] { (void)split("gex", none); }),
            "gex: every cell is a control; there is nothing to split");
}

}  // namespace
}  // namespace cupel::test
