#include <nlohmann/json.hpp>

#include "splits/generator.hpp"
#include "support/cli.hpp"
#include "support/data_files.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

using Words = std::vector<std::string>;

class SplitCommand : public Cli {
 protected:
  void SetUp() override {
    write_screen(folder.file("screen.h5ad"), make_small_screen({.contexts = 2}));
  }
  [[nodiscard]] static Words split(const Words& more) {
    Words words{"split"};
    words.insert(words.end(), more.begin(), more.end());
    for (const auto* word : {"--real", "screen.h5ad", "--context-col", "line"}) {
      words.emplace_back(word);
    }
    return words;
  }
};

TEST_F(SplitCommand, WritesASplitAndItsClaim) {
  const auto result = cupel(split({"cex", "-o", "cex.json"}));
  expect_done(result);
  EXPECT_EQ(result.out, "claim: unseen context, seen perturbations\n");
  EXPECT_NE(result.err.find("fold line0: train 3"), std::string::npos) << result.err;
  const auto json = nlohmann::json::parse(text("cex.json"));
  EXPECT_EQ(json["claim"], "unseen context, seen perturbations");
  EXPECT_EQ(json["folds"].size(), 2U);
  EXPECT_EQ(json["conditions"].size(), 10U);
  expect_refused(cupel(split({"cex", "-o", "cex.json"})), 2, "cex.json exists; add --force");
  const auto first = text("cex.json");
  expect_done(cupel(split({"cex", "-o", "cex.json", "--force", "--quiet"})));
  EXPECT_EQ(text("cex.json"), first);
}

TEST_F(SplitCommand, ChecksASplitAgainstAScreen) {
  expect_done(cupel(split({"gex", "--hold-out", "G003", "--val", "0", "-o", "s.json"})));
  const auto result = cupel({"split", "--check", "s.json", "--real", "screen.h5ad"});
  expect_done(result);
  EXPECT_TRUE(
      result.out.starts_with("s.json: gex (seed 42)\nclaim: seen context, unseen "
                             "perturbations\n  gex: 2 test conditions, "))
      << result.out;
  EXPECT_NE(result.out.find("WARN few-controls: 2 of 2: "), std::string::npos) << result.out;
  auto other = make_small_screen();
  other.drop_label("G003");
  write_screen(folder.file("other.h5ad"), other);
  const auto gone = cupel({"split", "--check", "s.json", "--real", "other.h5ad"});
  EXPECT_EQ(gone.exit_code, 3);  // no obs column 'line'
}

TEST_F(SplitCommand, EndsInErrorWhenAClaimFails) {
  expect_done(cupel(split({"cex", "--hold-out", "line1", "--val", "0", "-o", "s.json"})));
  auto only = make_small_screen({.contexts = 2});
  std::vector<std::int64_t> first;
  for (std::int64_t cell = 0; cell < only.n_cells(); ++cell) {
    if (only.contexts[static_cast<std::size_t>(cell)] == "line0") first.push_back(cell);
  }
  only.keep_cells(first);
  write_screen(folder.file("only.h5ad"), only);
  const auto result = cupel({"split", "--check", "s.json", "--real", "only.h5ad"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_TRUE(result.err.starts_with("error: s.json: empty-task: ")) << result.err;
  EXPECT_NE(result.out.find("FATAL empty-task"), std::string::npos) << result.out;
}

TEST_F(SplitCommand, RefusesInOneLine) {
  expect_refused(cupel({"split"}), 2, "no split named");
  expect_refused(cupel({"split", "gex", "-o", "s.json"}), 2, "give --real FILE.h5ad");
  expect_refused(cupel(split({"gexx", "-o", "s.json"})), 2, "did you mean 'gex'?");
  expect_refused(cupel(split({"gex"})), 2, "give -o FILE");
  expect_refused(cupel(split({"gex", "--folds", "3", "-o", "s.json"})), 2, "gex takes no --folds");
  expect_refused(cupel(split({"gex", "--control", "ctrl", "-o", "s.json"})), 3,
                 "is a control (ctrl)");
  expect_refused(cupel(split({"gex", "--controls", "none", "-o", "s.json"})), 2,
                 "known: shared, train, disjoint");
  expect_refused(cupel(split({"gex", "--check", "s.json"})), 2, "are one each");
  expect_refused(cupel(split({"--check", "s.json"})), 3, "s.json: cannot open");
  EXPECT_FALSE(everything().contains("s.json"));
}

// Each format is written, read back, and says the same of every cell.
TEST_F(SplitCommand, ExportsAndImportsEveryFormat) {
  expect_done(cupel(split({"gex", "--hold-out", "G003", "--val", "0", "--controls", "train", "-o",
                           "gex.json", "--quiet"})));
  const auto first = nlohmann::json::parse(text("gex.json"));
  for (const auto& [format, name] : std::map<std::string, std::string>{{"cell-load", "s.toml"},
                                                                       {"perturbench", "s.csv"},
                                                                       {"presage", "p.json"},
                                                                       {"gears", "s.pkl"}}) {
    expect_done(cupel(
        {"split", "--export", format, "--split", "gex.json", "--real", "screen.h5ad", "-o", name}));
    const auto back = cupel(split(
        {"--import", name, "--format", format, "--controls", "train", "-o", format + ".json"}));
    expect_done(back);
    EXPECT_EQ(back.out, "claim: seen context, unseen perturbations\n") << format;
    EXPECT_EQ(back.err.find("warning"), std::string::npos) << back.err;
    const auto json = nlohmann::json::parse(text(format + ".json"));
    EXPECT_EQ(json["conditions"], first["conditions"]);
    EXPECT_EQ(json["folds"][0]["train"], first["folds"][0]["train"]) << format;
    EXPECT_EQ(json["folds"][0]["test"].begin().value(), first["folds"][0]["test"]["gex"]) << format;
    EXPECT_EQ(json["generator"]["name"], "imported");
    expect_done(cupel({"split", "--check", format + ".json", "--real", "screen.h5ad"}));
  }
  expect_done(cupel({"split", "--export", "gears", "--split", "gex.json", "--real", "screen.h5ad",
                     "-o", "twin.json"}));
  const auto twin = nlohmann::json::parse(text("twin.json"));
  EXPECT_EQ(twin["test"], (Words{"G003+ctrl"}));
  expect_done(cupel(split({"--import", "twin.json", "--format", "gears", "-o", "again.json"})));
  EXPECT_EQ(nlohmann::json::parse(text("again.json"))["folds"],
            nlohmann::json::parse(text("gears.json"))["folds"]);
  expect_done(cupel({"split", "--export", "tsv", "--split", "gex.json", "-o", "s.tsv"}));
  EXPECT_TRUE(text("s.tsv").starts_with("unit_kind\tdataset\tcontext\t")) << text("s.tsv");
}

TEST_F(SplitCommand, ImportsAnObsColumn) {
  // The screen's own context column, as if a maker had put parts there.
  auto screen = make_small_screen({.contexts = 2});
  for (auto& context : screen.contexts) context = context == "line0" ? "train" : "ood";
  write_screen(folder.file("parts.h5ad"), screen);
  const auto result = cupel({"split", "--import-obs", "line", "--real", "parts.h5ad",
                             "--context-col", "line", "-o", "s.json"});
  expect_done(result);
  EXPECT_EQ(result.out, "claim: unseen context without its controls, seen perturbations\n");
  expect_refused(cupel({"split", "--import-obs", "target", "--real", "parts.h5ad", "-o", "t.json"}),
                 3, "is no part; known: train, val");
}

// Several folds of the screen itself: the labels of one column, or one column each.
TEST_F(SplitCommand, ImportsFoldsFromObs) {
  auto screen = make_small_screen({.contexts = 2});
  screen.contexts.clear();
  for (const auto& label : screen.labels) {
    screen.contexts.push_back(label == "non-targeting" ? SmallScreen::kNoLabel
                              : label == "G003"        ? "fold_0"
                                                       : "fold_1");
  }
  write_screen(folder.file("folds.h5ad"), screen);
  const auto result = cupel({"split", "--import-obs", "line", "--format", "folds", "--real",
                             "folds.h5ad", "-o", "f.json"});
  expect_done(result);
  EXPECT_EQ(result.out, "claim: seen context, unseen perturbations\n");
  const auto folds = nlohmann::json::parse(text("f.json")).at("folds");
  ASSERT_EQ(folds.size(), 2U);
  EXPECT_EQ(folds[0].at("name"), "fold_0");
  EXPECT_EQ(folds[1].at("name"), "fold_1");
  EXPECT_EQ(folds[0].at("test").begin()->size(), 1U);
  EXPECT_EQ(folds[1].at("test").begin()->size(), 3U);
  expect_done(cupel({"split", "--check", "f.json", "--real", "folds.h5ad"}));
  expect_done(cupel({"fit", "folds.h5ad", "--model", "no_change", "--split", "f.json", "--fold",
                     "all", "-o", "all.h5ad"}));

  for (auto& label : screen.contexts) {
    if (label != SmallScreen::kNoLabel) label = label == "fold_0" ? "test" : "train";
  }
  write_screen(folder.file("parts.h5ad"), screen);
  expect_refused(cupel({"split", "--import-obs", "line", "--format", "folds", "--real",
                        "parts.h5ad", "-o", "g.json"}),
                 3, "line: 'test' is a part, not a fold; leave --format folds out");
  expect_refused(cupel({"split", "--import-obs", "line", "--format", "gears", "--real",
                        "parts.h5ad", "-o", "g.json"}),
                 2, "no --format 'gears' of --import-obs; known: parts, folds");
  expect_refused(cupel({"split", "--import-obs", "line", "--import-obs", "target", "--format",
                        "folds", "--real", "parts.h5ad", "-o", "g.json"}),
                 2, "--format folds takes one --import-obs");

  // A column of parts for each fold.
  auto both = make_small_screen();
  for (const auto& label : both.labels) {
    const bool control = label == "non-targeting";
    both.more["split_0"].push_back(control           ? SmallScreen::kNoLabel
                                   : label == "G003" ? "test"
                                                     : "train");
    both.more["split_1"].push_back(control           ? SmallScreen::kNoLabel
                                   : label == "G010" ? "test"
                                                     : "train");
  }
  write_screen(folder.file("both.h5ad"), both);
  expect_done(cupel({"split", "--import-obs", "split_0", "--import-obs", "split_1", "--format",
                     "parts", "--real", "both.h5ad", "-o", "both.json"}));
  const auto two = nlohmann::json::parse(text("both.json"));
  ASSERT_EQ(two.at("folds").size(), 2U);
  for (const std::size_t i : {0U, 1U}) {
    const auto& fold = two.at("folds")[i];
    EXPECT_EQ(fold.at("name"), "split_" + std::to_string(i));
    const auto tested = fold.at("test").begin()->at(0).get<std::size_t>();
    EXPECT_EQ(two.at("conditions")[tested][2], (Words{i == 0 ? "G003" : "G010"}));
  }
}

// GEARS's classes lie beside its split, and are held against it when it comes back.
TEST_F(SplitCommand, KeepsGearsSubgroups) {
  auto screen = make_small_screen();
  screen.rename("G041", "G003+G010");
  write_screen(folder.file("pairs.h5ad"), screen);
  expect_done(cupel({"split", "gex", "--real", "pairs.h5ad", "--hold-out", "G003+G010", "--loose",
                     "--val", "0", "--controls", "train", "-o", "s.json", "--quiet"}));
  expect_done(cupel(
      {"split", "--export", "gears", "--split", "s.json", "--real", "pairs.h5ad", "-o", "s.pkl"}));
  EXPECT_NE(text("s_subgroup.pkl").find("combo_seen2"), std::string::npos);
  const Words import{"split",  "--import",   "s.pkl", "--format",  "gears",
                     "--real", "pairs.h5ad", "-o",    "back.json", "--force"};
  const auto back = cupel(import);
  expect_done(back);
  EXPECT_NE(back.err.find("s_subgroup.pkl: its classes are those that the lists support"),
            std::string::npos)
      << back.err;
  auto groups = text("s_subgroup.pkl");
  groups.replace(groups.find("combo_seen2"), 11, "combo_seen1");
  write("s_subgroup.pkl", groups);
  const auto other = cupel(import);
  expect_done(other);
  EXPECT_NE(other.err.find("1 are in another class than the lists support: G003+G010 (combo_seen1 "
                           "there, combo_seen2 here)"),
            std::string::npos)
      << other.err;
  write("s_subgroup.pkl",
        "\x80\x02"
        "cos\nsystem\n.");
  expect_refused(cupel(import), 3, "s_subgroup.pkl: the pickle calls os.system");
  expect_refused(cupel({"split", "--export", "gears", "--split", "s.json", "--real", "pairs.h5ad",
                        "-o", "s.pkl"}),
                 2, "add --force");
}

TEST_F(SplitCommand, RefusesImportsInOneLine) {
  write("code.pkl",
        "\x80\x02"
        "cos\nsystem\nX\x04");
  expect_refused(cupel(split({"--import", "code.pkl", "--format", "gears", "-o", "s.json"})), 3,
                 "code.pkl: the pickle calls os.system (opcode 0x63) at byte 2");
  write("overlap.json", R"({"train": ["G003", "G010"], "val": [], "test": ["G003"]})");
  expect_refused(cupel(split({"--import", "overlap.json", "--format", "presage", "-o", "s.json"})),
                 3, "overlap.json: train and test share 'G003'");
  write("none.json", R"({"train": ["nowhere"], "test": ["non-targeting"]})");
  expect_refused(cupel(split({"--import", "none.json", "--format", "presage", "-o", "s.json"})), 3,
                 "none.json: split, fold 'all': nothing is left to train on");
  expect_refused(cupel(split({"--import", "none.json", "-o", "s.json"})), 2,
                 "no --format ''; known: cell-load, perturbench, gears, presage");
  expect_refused(cupel(split({"--export", "gears", "-o", "s.json"})), 2, "give --split FILE.json");
  expect_done(cupel(split({"cex", "-o", "cex.json", "--quiet"})));
  expect_refused(cupel({"split", "--export", "gears", "--split", "cex.json", "--real",
                        "screen.h5ad", "-o", "s.json"}),
                 2, "give --fold one of: line0, line1");
  expect_refused(cupel({"split", "--export", "gears", "--split", "cex.json", "--fold", "line1",
                        "--real", "screen.h5ad", "-o", "s.json"}),
                 3, "which lists of perturbations cannot say");
  expect_refused(cupel({"split", "--export", "csv", "--split", "cex.json", "--fold", "line1",
                        "--real", "screen.h5ad", "-o", "s.json"}),
                 2, "no --export 'csv'; known: cell-load");
  expect_done(cupel({"split", "gex", "--real", "screen.h5ad", "-o", "bare.json", "--quiet"}));
  expect_refused(cupel({"split", "--export", "cell-load", "--split", "bare.json", "--real",
                        "screen.h5ad", "-o", "s.json"}),
                 3, "give --context-col, or export perturbench");
  EXPECT_FALSE(everything().contains("s.json"));
}

// Whole clades by the profiles of control cells, or by a file.
TEST_F(SplitCommand, HoldsOutCladesOfContexts) {
  const auto clusters = [&](const std::string& name, const Words& more) {
    Words words{"split", "context-clusters", "--real", "four.h5ad", "--context-col",
                "line",  "--clusters",       "2",      "--quiet",   "-o",
                name};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  auto screen = make_small_screen({.contexts = 4});
  // line1 and line3 silence every second gene.
  for (std::int64_t cell = 0; cell < screen.n_cells(); ++cell) {
    const auto& line = screen.contexts[static_cast<std::size_t>(cell)];
    if (line != "line1" && line != "line3") continue;
    for (std::int64_t gene = 0; gene < screen.n_genes(); gene += 2) screen.value(cell, gene) = 0.0;
  }
  write_screen(folder.file("four.h5ad"), screen);
  const auto folds = [&](const std::string& name) {
    Words names;
    const auto json = nlohmann::json::parse(text(name));
    for (const auto& fold : json["folds"]) {
      names.push_back(fold["name"]);
    }
    return names;
  };
  const auto result = cupel(clusters("own.json", {}));
  expect_done(result);
  EXPECT_EQ(result.out, "claim: unseen context, seen perturbations\n");
  EXPECT_EQ(folds("own.json"), (Words{"line0,line2", "line1,line3"}));
  write("e.csv", "line0,0\nline1,1\nline2,10\nline3,11\n");
  expect_done(cupel(clusters("given.json", {"--embeddings", "e.csv", "--linkage", "single"})));
  EXPECT_EQ(folds("given.json"), (Words{"line0,line1", "line2,line3"}));
  expect_refused(cupel(clusters("x.json", {"--input-type", "lognorm"})), 3,
                 "say --input-type counts, or give --embeddings");
}

TEST_F(SplitCommand, StratifiesByAFile) {
  write("hits.txt", "G003\n");
  expect_done(cupel(split({"gex", "--stratify", "list:hits.txt", "--val", "0", "-o", "s.json"})));
  const auto json = nlohmann::json::parse(text("s.json"));
  EXPECT_EQ(json["stratified_by"], "list:hits.txt");
  expect_refused(cupel(split({"gex", "--stratify", "mood", "-o", "t.json"})), 2,
                 "--stratify 'mood': write size, strength:FILE");
  expect_refused(cupel(split({"kfold", "--stratify", "size", "-o", "t.json"})), 2,
                 "kfold takes no --stratify");
}

TEST_F(SplitCommand, ListsEverySplit) {
  EXPECT_EQ(cupel({"list", "splits", "--markdown"}).out, splits::split_table_markdown());
  const auto json = nlohmann::json::parse(cupel({"list", "splits", "--json"}).out);
  ASSERT_EQ(json.size(), splits::all_generators().size());
  for (const auto& entry : json) {
    EXPECT_EQ(entry["summary"], splits::find_generator(entry["name"].get<std::string>()).summary);
  }
  const auto lines = cupel({"list", "splits"}).out;
  EXPECT_EQ(std::ranges::count(lines, '\n'), static_cast<std::ptrdiff_t>(json.size()));
}

// Norman 2019 has 18 singles and 15 pairs in K562; McFaline-Figueroa 2023 nine singles in three
// other lines. Its file writes SET+KLF1, which is KLF1+SET.
TEST_F(SplitCommand, ClassesOfNormansPairsAreExact) {
  CUPEL_SKIP_WITHOUT_DATA();
  const auto real = data_file("real/norman19_mcfaline23.h5ad").string();
  expect_done(
      cupel({"split",      "combo",   "--real",        real,        "--pert-col", "perturbation",
             "--control",  "control", "--context-col", "cell_type", "--hold-out", "KLF1",
             "--hold-out", "MAP2K6",  "--hold-out",    "TGFBR2",    "--val",      "0",
             "-o",         "s.json"}));
  const auto json = nlohmann::json::parse(text("s.json"));
  std::map<std::string, std::set<std::string>> tested;
  for (const auto& [task, ids] : json["folds"][0]["test"].items()) {
    for (const auto& id : ids) {
      std::string name;
      for (const auto& member : json["conditions"][id.get<std::size_t>()][2]) {
        name += (name.empty() ? "" : "+") + member.get<std::string>();
      }
      tested[task].insert(name);
    }
  }
  EXPECT_EQ(tested["unseen_single"], (std::set<std::string>{"KLF1", "MAP2K6", "TGFBR2"}));
  // Members of the other pairs that were never measured alone are unseen too.
  EXPECT_EQ(tested["combo_seen0"],
            (std::set<std::string>{"BPGM+SAMD1", "CBL+CNN1", "CEBPE+RUNX1T1", "FOXL2+HOXB9",
                                   "KLF1+MAP2K6", "KLF1+SET", "KLF1+TGFBR2", "PTPN12+PTPN9",
                                   "PTPN12+SAMD1", "PTPN12+ZBTB10"}));
  EXPECT_EQ(tested["combo_seen1"],
            (std::set<std::string>{"CNN1+MAPK1", "MAP2K3+MAP2K6", "MAPK1+TGFBR2", "SGK1+TBX3"}));
  EXPECT_EQ(tested.count("combo_seen2"), 0U);  // MAP2K3+SLC38A2 alone: it trains
}

}  // namespace
}  // namespace cupel::test
