#include "splits/formats/cell_load.hpp"

#include "config/cell_load_toml.hpp"
#include "splits/made_material.hpp"
#include "support/scratch_folder.hpp"

namespace cupel::test {
namespace {

using splits::CellLoadSplit;
using splits::ImportNotes;
using splits::Part;

std::string written(const ScratchFolder& folder, const std::string& text) {
  std::ofstream(folder.file("s.toml"), std::ios::binary) << text;
  return folder.file("s.toml");
}

// As State's documentation writes one.
constexpr const char* kToml = R"([datasets]
replogle = "/data/replogle/*.h5ad"

[training]
replogle = "train"

[zeroshot]
"replogle.jurkat" = "test"
"replogle.rpe1.5" = "val"

[fewshot."replogle.hepg2"]
val = ["g00"]
test = ["g02", "ctrl", "nowhere"]
)";

std::vector<MadeCells> screen() {
  std::vector<MadeCells> groups;
  for (const auto* context : {"k562", "jurkat", "rpe1.5", "hepg2"}) {
    for (const auto* label : {"ctrl", "g00", "g01", "g02"}) {
      groups.push_back({.label = label, .context = context});
    }
  }
  return groups;
}

TEST(CellLoad, IsReadAsItsOwnReaderReadsIt) {
  const ScratchFolder folder;
  const auto file = read_cell_load_toml(written(folder, kToml));
  EXPECT_EQ(file.datasets.at("replogle"), "/data/replogle/*.h5ad");
  EXPECT_EQ(file.training, std::vector<std::string>{"replogle"});
  EXPECT_EQ(file.zeroshot.at({"replogle", "rpe1.5"}), Part::kVal);  // the first dot separates
  const MadeMaterial made(screen());
  ImportNotes notes;
  const auto fold = fold_of_cell_load(made, file, notes);
  EXPECT_EQ(notes.unknown, std::vector<std::string>{"nowhere"});
  EXPECT_EQ(notes.controls, std::vector<std::string>{"ctrl"});
  for (std::size_t i = 0; i < fold.part.size(); ++i) {
    const auto& condition = made.list()[i].condition;
    if (is_control(condition)) continue;
    const auto& name = condition.members[0];
    const auto expected = condition.context == "jurkat"   ? Part::kTest
                          : condition.context == "rpe1.5" ? Part::kVal
                          : condition.context == "k562"   ? Part::kTrain
                          : name == "g00"                 ? Part::kVal
                          : name == "g01"                 ? Part::kTrain
                                                          : Part::kTest;
    EXPECT_EQ(fold.part[i], expected) << condition.context << " " << name;
  }
  const auto manifest =
      imported_manifest(made, {fold}, "cell-load", splits::ControlPolicy::kShared);
  EXPECT_EQ(part_of(manifest, "control", "jurkat"), Part::kEvery);
}

TEST(CellLoad, RestOfAFewShotContextTrainsAndZeroShotWins) {
  const MadeMaterial made(screen());
  ImportNotes notes;
  CellLoadSplit file{.datasets = {{"d", "d.h5ad"}},
                     .training = {},
                     .zeroshot = {{{"d", "jurkat"}, Part::kTest}},
                     .fewshot = {{{"d", "hepg2"}, {.val = {}, .test = {"g00"}}},
                                 {{"d", "jurkat"}, {.val = {"g00"}, .test = {}}}}};
  const auto fold = fold_of_cell_load(made, file, notes);
  for (std::size_t i = 0; i < fold.part.size(); ++i) {
    const auto& condition = made.list()[i].condition;
    if (is_control(condition)) continue;
    const auto expected = condition.context == "jurkat"   ? Part::kTest
                          : condition.context != "hepg2"  ? Part::kUnused
                          : condition.members[0] == "g00" ? Part::kTest
                                                          : Part::kTrain;
    EXPECT_EQ(fold.part[i], expected);
  }
}

TEST(CellLoad, ReadsBackWhatWasWritten) {
  const ScratchFolder folder;
  auto groups = grid(4, 8);
  for (auto& group : groups) group.dataset = group.context < "c2" ? "one" : "two";
  const MadeMaterial made(groups);
  const std::vector<std::string> paths{"screen.h5ad"};
  const std::vector<std::pair<std::string, splits::SplitOptions>> cases{
      {"gex", {}}, {"cex", {.val = 0.0}}, {"cex", {.mode = "random"}}, {"aex", {.val = 0.0}}};
  for (const auto& [generator, options] : cases) {
    const auto manifest = split(generator, made, options);
    for (const auto& fold : manifest.folds) {
      const auto file = cell_load_of(manifest, fold, made, paths);
      EXPECT_EQ(file.datasets.size(), 2U);
      const auto back = read_cell_load_toml(written(folder, cell_load_toml(file)));
      EXPECT_EQ(back.datasets, file.datasets);
      EXPECT_EQ(back.training, file.training);
      EXPECT_EQ(back.zeroshot, file.zeroshot);
      ImportNotes notes;
      const auto again = fold_of_cell_load(made, back, notes);
      EXPECT_TRUE(notes.unknown.empty() && notes.controls.empty());
      for (std::size_t i = 0; i < fold.part.size(); ++i) {
        if (is_control(manifest.conditions[i])) continue;
        EXPECT_EQ(again.part[i], fold.part[i]);
      }
    }
  }
}

TEST(CellLoad, RefusesWhatItCannotSay) {
  const std::vector<std::string> paths{"screen.h5ad"};
  const auto refusal = [&](const splits::Material& material, const splits::Manifest& manifest) {
    return error_of([&] { (void)cell_load_of(manifest, manifest.folds[0], material, paths); });
  };
  const MadeMaterial made(grid(3, 6));
  EXPECT_NE(refusal(made, split("random-cells", made)).find("has conditions divided by cells"),
            std::string::npos);
  const auto joint =
      split("aex", made,
            {.val = 0.0, .hold_out = {"c0"}, .hold_out_perturbations = {"g01"}, .mode = "joint"});
  EXPECT_NE(refusal(made, joint).find("has conditions in no part"), std::string::npos);
  // A context that is left out whole would train with the others of its dataset.
  auto left_out = split("cex", made, {.val = 0.0, .hold_out = {"c0"}});
  for (std::size_t i = 0; i < left_out.conditions.size(); ++i) {
    const auto& condition = left_out.conditions[i];
    if (condition.context == "c2" && !is_control(condition)) {
      left_out.folds[0].part[i] = Part::kUnused;
    }
  }
  EXPECT_NE(refusal(made, left_out).find("context 'c2' is in no part while others"),
            std::string::npos);
  const MadeMaterial doses({{"ctrl"},
                            {.label = "a", .dose = "1"},
                            {.label = "a", .dose = "2"},
                            {.label = "a", .dose = "3"}});
  EXPECT_NE(refusal(doses, split("dose", doses, {.val = 0.0, .mode = "above"}))
                .find("told apart by dose or batch"),
            std::string::npos);
}

TEST(CellLoad, RefusesFilesThatContradictThemselves) {
  const ScratchFolder folder;
  const auto refusal = [&](const std::string& text) {
    const auto path = written(folder, text);
    const auto says = error_of([&] { (void)read_cell_load_toml(path); });
    EXPECT_TRUE(says.starts_with(path + ": ")) << says;
    return says.substr(std::min(says.size(), path.size() + 2));
  };
  EXPECT_EQ(refusal(""), "has no [datasets]");
  EXPECT_EQ(refusal("[datasets]\na = 1"), "'a' is not a text in quotes");
  EXPECT_EQ(refusal("[datasets]\na = 'x'\n[training]\nb = 'train'"), "'b' is not in [datasets]");
  EXPECT_EQ(refusal("[datasets]\na = 'x'\n[training]\na = 'test'"),
            "[training] a is not \"train\"");
  EXPECT_EQ(refusal("[datasets]\na = 'x'\n[zeroshot]\n\"a\" = 'test'"),
            "'a' is not \"dataset.context\"");
  EXPECT_EQ(refusal("[datasets]\na = 'x'\n[zeroshot]\n\"a.b\" = 'train'"),
            "[zeroshot] \"a.b\" is neither \"val\" nor \"test\"");
  EXPECT_EQ(refusal("[datasets]\na = 'x'\n[fewshot]\n\"a.b\" = 'test'"),
            "[fewshot.\"a.b\"] is not a table");
  EXPECT_EQ(refusal("[datasets]\na = 'x'\n[fewshot.\"a.b\"]\ntest = [1]"),
            "'a.b' is not a text in quotes");
  EXPECT_EQ(refusal("[datasets]\na = 'x'\n[fewshot.\"a.b\"]\nood = []"),
            "[fewshot.\"a.b\"] has a list 'ood'");
  EXPECT_TRUE(refusal("[datasets\n").starts_with("line 1: "));

  const MadeMaterial made(screen());
  ImportNotes notes;
  const auto of_screen = [&](const CellLoadSplit& file) {
    return error_of([&] { (void)fold_of_cell_load(made, file, notes); });
  };
  CellLoadSplit file{.datasets = {{"d", "x"}},
                     .training = {"d"},
                     .zeroshot = {{{"d", "nowhere"}, Part::kTest}},
                     .fewshot = {}};
  EXPECT_EQ(of_screen(file), "the screen has no context 'nowhere' of dataset 'd'");
  file.zeroshot.clear();
  file.fewshot[{"d", "hepg2"}] = {.val = {"g00"}, .test = {"g01", "g00"}};
  EXPECT_EQ(of_screen(file), "val and test share 'g00'");
  file.datasets["e"] = "y";
  EXPECT_NE(of_screen(file).find("give --dataset-col"), std::string::npos);
}

}  // namespace
}  // namespace cupel::test
