// Splits that others drew: name lists, tables of cells, and the manifest made of them.
#include "splits/formats/imported.hpp"

#include "report/split_lists.hpp"
#include "report/split_manifest.hpp"
#include "splits/formats/perturbench_csv.hpp"
#include "splits/made_material.hpp"
#include "support/scratch_folder.hpp"

namespace cupel::test {
namespace {

using splits::ControlPolicy;
using splits::Fold;
using splits::ImportNotes;
using splits::kGearsStyle;
using splits::kPresageStyle;
using splits::NameLists;
using splits::NameStyle;
using splits::Part;

std::string written(const ScratchFolder& folder, const std::string& name, const std::string& text) {
  std::ofstream(folder.file(name), std::ios::binary) << text;
  return folder.file(name);
}

// What the fold says of conditions: "A+B" -> "test".
std::map<std::string, std::string> parts_in(const MadeMaterial& made, const Fold& fold) {
  std::map<std::string, std::string> parts;
  for (std::size_t i = 0; i < fold.part.size(); ++i) {
    const auto& condition = made.list()[i].condition;
    parts[condition.context + ":" + canonical_name(condition.members)] =
        std::string(part_name(fold.part[i]));
  }
  return parts;
}
using Parts = std::map<std::string, std::string>;

const std::vector<MadeCells> kSome{{"ctrl"}, {"A+ctrl"}, {"ctrl+B"}, {"C"}, {"B+A"}, {"A+C"}};

TEST(NameLists, AreReadInAnyOrderOfMembers) {
  const MadeMaterial made(kSome);
  ImportNotes notes;
  const auto fold = fold_of_lists(
      made,
      {.train = {"ctrl", "A+ctrl", "B+ctrl"}, .val = {"C+A", "ctrl"}, .test = {"A+B", "X+ctrl"}},
      kGearsStyle, notes);
  EXPECT_EQ(parts_in(made, fold), (Parts{{"c:control", "unused"},
                                         {"c:A", "train"},
                                         {"c:B", "train"},
                                         {"c:C", "unused"},
                                         {"c:A+B", "test"},
                                         {"c:A+C", "val"}}));
  EXPECT_EQ(notes.unknown, std::vector<std::string>{"X+ctrl"});
  EXPECT_EQ(notes.controls, std::vector<std::string>{"ctrl"});  // that of val; in train it belongs
}

TEST(NameLists, AreWrittenInTheStyleAskedForAndReadBack) {
  const MadeMaterial made(pairs_screen());
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const auto manifest = split("combo", made, {.seed = seed});
    for (const auto* style : {&kGearsStyle, &kPresageStyle}) {
      const auto lists = lists_of(manifest, manifest.folds[0], made, *style);
      ImportNotes notes;
      auto fold = fold_of_lists(made, lists, *style, notes);
      EXPECT_TRUE(notes.unknown.empty() && notes.controls.empty());
      for (std::size_t i = 0; i < fold.part.size(); ++i) {
        const auto part = manifest.folds[0].part[i];
        if (is_control(manifest.conditions[i])) continue;
        EXPECT_EQ(fold.part[i], part == Part::kExcluded ? Part::kUnused : part);
      }
    }
  }
  auto manifest = split("gex", MadeMaterial(kSome), {.val = 0.0, .hold_out = {"B"}});
  const MadeMaterial some(kSome);
  const auto gears = lists_of(manifest, manifest.folds[0], some, kGearsStyle);
  EXPECT_EQ(gears.train, (std::vector<std::string>{"A+ctrl", "A+C", "C+ctrl", "ctrl"}));
  EXPECT_EQ(gears.test, (std::vector<std::string>{"B+ctrl"}));
  const auto presage = lists_of(manifest, manifest.folds[0], some, kPresageStyle);
  EXPECT_EQ(presage.train, (std::vector<std::string>{"A", "A_C", "C", "control"}));
}

TEST(NameLists, ThatOverlapAreRefused) {
  const MadeMaterial made(kSome);
  ImportNotes notes;
  const auto refusal = [&](const NameLists& lists) {
    return error_of([&] { (void)fold_of_lists(made, lists, kGearsStyle, notes); });
  };
  EXPECT_EQ(refusal({.train = {"A+B"}, .val = {}, .test = {"B+A"}}), "train and test share 'B+A'");
  EXPECT_EQ(refusal({.train = {"A+ctrl"}, .val = {"A"}, .test = {}}), "train and val share 'A'");
  EXPECT_EQ(refusal({.train = {}, .val = {"ctrl+C"}, .test = {"C"}}), "val and test share 'C'");
  EXPECT_EQ(refusal({.train = {"A", "A+ctrl"}, .val = {}, .test = {"C"}}), "");
}

TEST(NameLists, RefuseNamesThatFitTwo) {
  // "A_B" is one gene here and, in PRESAGE's style, A with B.
  const MadeMaterial made({{"ctrl"}, {"A"}, {"B"}, {"A+B"}, {"A_B"}});
  ImportNotes notes;
  EXPECT_EQ(error_of([&] { (void)fold_of_lists(made, {}, kPresageStyle, notes); }),
            "the name 'A_B' fits A with B and A_B");
  const auto manifest = split("gex", made, {.val = 0.0, .hold_out = {"A_B"}});
  EXPECT_NE(error_of([&] { (void)lists_of(manifest, manifest.folds[0], made, kPresageStyle); }),
            "");
  EXPECT_EQ(lists_of(manifest, manifest.folds[0], made, kGearsStyle).test,
            std::vector<std::string>{"A_B+ctrl"});
}

TEST(NameLists, RefuseWhatTheyCannotSay) {
  const MadeMaterial made(grid(2, 3));
  const auto cex = split("cex", made, {.val = 0.0, .hold_out = {"c0"}});
  const auto refusal = [&](const splits::Manifest& manifest) {
    return error_of([&] { (void)lists_of(manifest, manifest.folds[0], made, kGearsStyle); });
  };
  EXPECT_EQ(refusal(cex),
            "g00 is in more than one part, which lists of perturbations cannot say; export "
            "cell-load or perturbench");
  EXPECT_NE(refusal(split("random-cells", made)), "");
  EXPECT_EQ(refusal(split("gex", made, {.val = 0.0})), "");
}

TEST(NameLists, AreKeptAsJson) {
  const ScratchFolder folder;
  const NameLists lists{.train = {"A+ctrl", "ctrl"}, .val = {}, .test = {"µ\"+B"}};
  const auto back = read_split_lists(written(folder, "s.json", split_lists_json(lists)));
  EXPECT_EQ(back.train, lists.train);
  EXPECT_EQ(back.val, lists.val);
  EXPECT_EQ(back.test, lists.test);
  EXPECT_EQ(read_split_lists(written(folder, "v.json", R"({"valid": ["A"]})")).val,
            std::vector<std::string>{"A"});
  const auto refusal = [&](const std::string& text) {
    const auto path = written(folder, "bad.json", text);
    const auto says = error_of([&] { (void)read_split_lists(path); });
    EXPECT_TRUE(says.starts_with(path)) << says;
    return says.substr(path.size());
  };
  EXPECT_EQ(refusal(R"({"ood": []})"), ": has a list 'ood'; known: train, val, valid, test");
  EXPECT_NE(refusal(R"({"train": [1]})").find("is no JSON of lists"), std::string::npos);
  EXPECT_NE(refusal(R"({"train": "A"})").find("is no JSON of lists"), std::string::npos);
  EXPECT_NE(refusal(R"(["A"])"), "");
  EXPECT_NE(refusal("{").find("is no JSON of lists"), std::string::npos);
  EXPECT_NE(error_of([&] { (void)read_split_lists(folder.file("none.json")); }), "");
}

TEST(CellTable, ReadsBackWhatWasWritten) {
  const MadeMaterial made(grid(3, 8), 5);
  const ScratchFolder folder;
  for (const auto* generator : {"gex", "cex", "random-cells", "aex"}) {
    for (const auto policy : {ControlPolicy::kTrain, ControlPolicy::kDisjoint}) {
      const auto manifest = split(generator, made, {.controls = policy});
      const auto& fold = manifest.folds[0];
      const auto path =
          written(folder, "s.csv", splits::perturbench_csv(cells_of(manifest, fold, made)));
      const auto back = fold_of_cells(made, splits::read_perturbench_csv(path));
      for (std::size_t i = 0; i < fold.part.size(); ++i) {
        EXPECT_EQ(back.part[i], fold.part[i] == Part::kExcluded ? Part::kUnused : fold.part[i]);
      }
      EXPECT_EQ(back.cells, fold.cells) << generator;
    }
  }
}

TEST(CellTable, KnowsHeadersQuotesAndConventions) {
  const ScratchFolder folder;
  using Cells = std::vector<std::pair<std::string, Part>>;
  const auto read = [&](const std::string& text) {
    return splits::read_perturbench_csv(written(folder, "s.csv", text));
  };
  const Cells expected{{"a", Part::kTrain}, {"b,\"1\"", Part::kVal}, {"c", Part::kUnused}};
  const std::string lines = "a,train\n\"b,\"\"1\"\"\",val\nc,\n";
  EXPECT_EQ(read(lines), expected);
  EXPECT_EQ(read(",0\n" + lines), expected);
  EXPECT_EQ(read(",split\r\na,train\r\n\"b,\"\"1\"\"\",val\r\nc,\r\n"), expected);
  EXPECT_EQ(read("cell,split\n" + lines), expected);
  EXPECT_EQ(splits::perturbench_csv(expected), lines);
  // Where "ood" is the test, "test" is other cells of what trains (CPA).
  EXPECT_EQ(read("a,train\nb,test\nc,ood\n"),
            (Cells{{"a", Part::kTrain}, {"b", Part::kVal}, {"c", Part::kTest}}));
  EXPECT_EQ(read("a,train\nb,test\nc,valid\n"),
            (Cells{{"a", Part::kTrain}, {"b", Part::kTest}, {"c", Part::kVal}}));
  EXPECT_NE(error_of([&] { (void)read("a,train\nb,tset\n"); }).find("'tset' is no part; known"),
            std::string::npos);
  EXPECT_NE(error_of([&] { (void)read("a,train\nb\n"); }).find("line 2 is not 'cell,part'"),
            std::string::npos);
}

TEST(CellTable, RefusesCellsThatAreTwiceOrUnknown) {
  const MadeMaterial made({{"ctrl"}, {.label = "A", .cells = 2}});
  const std::string a0 = "A/c////0";
  const std::string a1 = "A/c////1";
  EXPECT_EQ(error_of([&] {
              (void)splits::fold_of_cells(
                  made, {{a0, Part::kTrain}, {a1, Part::kTest}, {a0, Part::kTest}});
            }),
            "cell '" + a0 + "' is listed twice");
  EXPECT_EQ(error_of([&] {
              (void)splits::fold_of_cells(made, {{a0, Part::kTrain}, {"x", Part::kTest}});
            }),
            "1 of 2 cells are not in the screen, such as 'x'");
  splits::Material material = made;
  material.cell_names = [](const ConditionCells& entry) {
    return std::vector<std::string>(entry.rows.size(), "same");
  };
  EXPECT_NE(error_of([&] { (void)fold_of_cells(material, {}); }).find("are named 'same'"),
            std::string::npos);
}

TEST(Subgroups, AreClassesByWhatTrains) {
  const MadeMaterial made(pairs_screen());
  const NameLists lists{.train = {"A+ctrl", "B+ctrl", "C+ctrl", "A+B", "ctrl"},
                        .val = {"D+ctrl", "A+L"},
                        .test = {"A+C", "E+ctrl", "B+K", "B+D", "nowhere+ctrl"}};
  const auto groups = subgroups_of(lists, made, kGearsStyle);
  using Classes = std::map<std::string, std::vector<std::string>>;
  EXPECT_EQ(groups.val, (Classes{{"unseen_single", {"D+ctrl"}}, {"combo_seen1", {"A+L"}}}));
  EXPECT_EQ(groups.test, (Classes{{"combo_seen2", {"A+C", "B+D"}},
                                  {"combo_seen1", {"B+K"}},
                                  {"unseen_single", {"E+ctrl"}}}));
}

// k folds from one column: each label tests once, and trains for the others.
TEST(FoldsOfLabels, AreOnePerLabel) {
  const MadeMaterial made({{"ctrl"}, {"A"}, {"B"}, {"C"}, {"D"}});
  const splits::Material& material = made;
  const std::map<std::string, std::string> fold_of{{"A", "10"}, {"B", "2"}, {"C", "2"}, {"D", ""}};
  std::vector<std::pair<std::string, std::string>> labels;
  for (const auto& entry : material.conditions) {
    for (const auto& cell : material.cell_names(entry)) {
      const auto name = canonical_name(entry.condition.members);
      labels.emplace_back(cell, is_control(entry.condition) ? "" : fold_of.at(name));
    }
  }
  const auto folds = folds_of_labels(material, labels, "fold");
  ASSERT_EQ(folds.size(), 2U);
  EXPECT_EQ(folds[0].name, "2");
  EXPECT_EQ(folds[1].name, "10");
  EXPECT_EQ(parts_in(made, folds[0]), (Parts{{"c:control", "unused"},
                                             {"c:A", "train"},
                                             {"c:B", "test"},
                                             {"c:C", "test"},
                                             {"c:D", "unused"}}));
  EXPECT_EQ(parts_in(made, folds[1]), (Parts{{"c:control", "unused"},
                                             {"c:A", "test"},
                                             {"c:B", "train"},
                                             {"c:C", "train"},
                                             {"c:D", "unused"}}));
  const auto manifest = imported_manifest(material, folds, "obs", ControlPolicy::kShared);
  EXPECT_EQ(claim_text(manifest), "seen context, unseen perturbations");
  EXPECT_EQ(part_of(manifest, "control"), Part::kEvery);

  auto odd = labels;
  odd.back().second = "train";
  EXPECT_EQ(error_of([&] { (void)folds_of_labels(material, odd, "fold"); }),
            "fold: 'train' is a part, not a fold; leave --format folds out");
  for (auto& [cell, label] : odd) label = label.empty() ? "" : "1";
  EXPECT_EQ(error_of([&] { (void)folds_of_labels(material, odd, "fold"); }),
            "fold: 1 fold named; it takes two or more");
  // Cells of one condition in two folds: its claim is that of random cells.
  auto mixed = labels;
  for (std::size_t i = 0; i < mixed.size(); ++i) mixed[i].second = i % 2 == 0 ? "x" : "y";
  EXPECT_EQ(claim_text(imported_manifest(material, folds_of_labels(material, mixed, "fold"), "obs",
                                         ControlPolicy::kShared)),
            "other cells of seen conditions: no generalisation");
}

// What an imported split claims is what it keeps apart, not what its maker calls it.
TEST(ImportedManifest, ClaimsWhatItsFoldsSupport) {
  const MadeMaterial made(pairs_screen());
  ImportNotes notes;
  NameLists lists{.train = {"A", "B", "C", "A+B"}, .val = {"D"}, .test = {"A+C", "E", "B+K"}};
  const auto manifest = imported_manifest(made, {fold_of_lists(made, lists, kGearsStyle, notes)},
                                          "gears", ControlPolicy::kTrain);
  EXPECT_EQ(manifest.generator, "imported");
  EXPECT_EQ(task_of(manifest, "A+C"), "combo_seen2");
  EXPECT_EQ(task_of(manifest, "B+K"), "combo_seen1");
  EXPECT_EQ(task_of(manifest, "E"), "unseen_single");
  EXPECT_EQ(part_of(manifest, "control"), Part::kTrain);
  EXPECT_EQ(part_of(manifest, "F"), Part::kUnused);
  const auto text = split_json(manifest);
  EXPECT_EQ(split_json(parse_split(text, "s.json")), text);
  const auto& promises = manifest.promises;
  const auto single = std::ranges::find(promises, "unseen_single", &splits::Promise::task);
  ASSERT_NE(single, promises.end());
  EXPECT_NE(std::ranges::find(single->disjoint_by, splits::Key::kMember),
            single->disjoint_by.end());
  const auto pair = std::ranges::find(promises, "combo_seen2", &splits::Promise::task);
  EXPECT_EQ(std::ranges::find(pair->disjoint_by, splits::Key::kMember), pair->disjoint_by.end());
  EXPECT_NE(std::ranges::find(pair->disjoint_by, splits::Key::kPerturbation),
            pair->disjoint_by.end());
}

TEST(ImportedManifest, OfRandomCellsClaimsNothing) {
  const MadeMaterial made(grid(2, 4));
  const auto leaky = split("random-cells", made, {.controls = ControlPolicy::kDisjoint});
  const auto fold = fold_of_cells(made, cells_of(leaky, leaky.folds[0], made));
  const auto manifest = imported_manifest(made, {fold}, "perturbench", ControlPolicy::kShared);
  EXPECT_EQ(claim_text(manifest), claim_text(leaky));
  EXPECT_EQ(manifest.promises[0].disjoint_by, std::vector{splits::Key::kCell});
  // Controls stay where the file put them.
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    EXPECT_EQ(manifest.folds[0].part[i], leaky.folds[0].part[i]);
  }
}

TEST(ImportedManifest, OfNothingToTestIsRefused) {
  const MadeMaterial made(kSome);
  ImportNotes notes;
  const NameLists lists{.train = {"A"}, .val = {}, .test = {}};
  EXPECT_EQ(error_of([&] {
              (void)imported_manifest(made, {fold_of_lists(made, lists, kGearsStyle, notes)},
                                      "gears", ControlPolicy::kTrain);
            }),
            "split, fold 'all': nothing is left to test");
}

}  // namespace
}  // namespace cupel::test
