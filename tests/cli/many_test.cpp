// Many predictions at once: patterns, manifests, files that are broken, runs that go on.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "support/cli.hpp"
#include "support/damage_h5ad.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;
namespace fs = std::filesystem;

class Many : public Cli {
 protected:
  Many() { write_screen(folder.file("real.h5ad"), make_small_screen({.contexts = 2})); }

  void write_predictions(int n, const std::string& into = "") const {
    for (int i = 0; i < n; ++i) {
      write_screen(folder.file(fmt::format("{}p{}.h5ad", into, i)),
                   make_small_screen({.draw = static_cast<std::uint64_t>(i + 2), .contexts = 2}),
                   {.storage = {.chunk = 4096, .filters = {"gzip"}}});
    }
  }
  [[nodiscard]] static Words score(const Words& more, const std::string& output = "out",
                                   const Words& judged = {"--ends", "none", "--strata", "none",
                                                          "--draws", "100"}) {
    Words words{"score", "--real", "real.h5ad", "--context-col", "line", "-o", output};
    words.insert(words.end(), judged.begin(), judged.end());
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  [[nodiscard]] Words names_on_board(const std::string& output = "out") const {
    Words names;
    for (const auto& row : csv(output + "/leaderboard.csv")) names.push_back(row[1]);
    names.erase(names.begin());
    std::ranges::sort(names);
    return names;
  }
  // Every file under a folder by its path from there, without what times tell apart.
  [[nodiscard]] std::map<std::string, std::string> contents(const std::string& of) const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder.file(of))) {
      const auto name = fs::relative(entry.path(), folder.file(of)).string();
      auto& content = files[name];
      if (entry.is_directory()) continue;
      content = bytes_of_file(entry.path());
      if (!name.ends_with(".json")) continue;
      auto json = Json::parse(content);
      for (const auto* key : {"time", "seconds", "stages"}) json.erase(key);
      if (json.contains("predictions")) {
        for (auto& prediction : json["predictions"]) prediction.erase("seconds");
      }
      content = json.dump(1);
    }
    return files;
  }
  void expect_same_folders(const std::string& a, const std::string& b) const {
    const auto one = contents(a);
    const auto two = contents(b);
    for (const auto& [name, content] : one) {
      if (const auto found = two.find(name); found == two.end()) {
        ADD_FAILURE() << b << " lacks " << name;
      } else if (name.ends_with(".h5ad")) {
        EXPECT_EQ(content.size(), found->second.size()) << name;
      } else {
        EXPECT_EQ(content, found->second) << name;
      }
    }
    for (const auto& [name, content] : two)
      EXPECT_TRUE(one.contains(name)) << a << " lacks " << name;
  }
};

TEST_F(Many, AreFoundByAPattern) {
  fs::create_directory(folder.file("runs"));
  write_predictions(3, "runs/");
  expect_done(cupel(score({"--pred", "runs/p[02].h5ad"})));
  EXPECT_EQ(names_on_board(), (Words{"p0", "p2"}));
  expect_done(cupel(score({"--pred", "runs/*.h5ad", "--pred", "again=runs/p1.h5ad"}, "all")));
  EXPECT_EQ(names_on_board("all"), (Words{"again", "p0", "p1", "p2"}));
  const auto run = Json::parse(text("all/run.json"));
  EXPECT_EQ(run["predictions"][0]["name"], "p0") << "sorted, in the place of the pattern";
  EXPECT_EQ(run["predictions"][3]["name"], "again");
  expect_refused(cupel(score({"--pred", "runs/q*.h5ad"}, "none")), 2,
                 "runs/q*.h5ad: no file matches");
  expect_refused(cupel(score({"--pred", "mine=runs/*.h5ad"}, "none")), 2,
                 "3 files match, and 'mine' can name only one of them");
  EXPECT_FALSE(everything().contains("none/"));
}

TEST_F(Many, AreCalledByTheirFoldersWhereTheirFilesShareAName) {
  for (const std::string run : {"a", "b"}) {
    fs::create_directories(folder.file("runs/" + run + "/last"));
    write_predictions(1, "runs/" + run + "/last/");
  }
  expect_done(cupel(score({"--pred", "runs/*/last/*.h5ad"})));
  EXPECT_EQ(names_on_board(), (Words{"a.last.p0", "b.last.p0"}));
}

TEST_F(Many, APatternThatIsAFileIsThatFile) {
  write_predictions(2);
  fs::rename(folder.file("p0.h5ad"), folder.file("p[01].h5ad"));
  expect_done(cupel(score({"--pred", "p[01].h5ad"})));
  EXPECT_EQ(names_on_board(), (Words{"p[01]"}));
}

TEST_F(Many, ComeFromAManifestWithTags) {
  fs::create_directories(folder.file("lists/runs"));
  write_predictions(3, "lists/runs/");
  write("lists/all.csv",
        "name,path,model,note\r\n"
        "first,runs/p0.h5ad,\"big, new\",\r\n"
        ",runs/p1.h5ad,small,\"said \"\"no\"\"\"\r\n");
  expect_done(cupel(score({"--manifest", "lists/all.csv", "--pred", "lists/runs/p2.h5ad"})));
  const auto board = csv("out/leaderboard.csv");
  EXPECT_EQ((Words{board[0].begin(), board[0].begin() + 5}),
            (Words{"rank", "prediction", "mean_rank", "model", "note"}));
  std::map<std::string, Words> tags;
  for (const auto& row : board) tags[row[1]] = {row[3], row[4]};
  EXPECT_EQ(tags["first"], (Words{"big, new", ""}));
  EXPECT_EQ(tags["p1"], (Words{"small", "said \"no\""}));
  EXPECT_EQ(tags["p2"], (Words{"", ""}));
  const auto run = Json::parse(text("out/run.json"));
  EXPECT_EQ(run["predictions"][0]["name"], "p2") << "those of flags come first";
  EXPECT_EQ(run["predictions"][1]["tags"]["model"], "big, new");

  write("lists/all.tsv", "path\tname\nruns/p1.h5ad\tother\n");
  write("lists/run.toml",
        "real = '../real.h5ad'\nmanifest = 'all.tsv'\ncontext-col = 'line'\noutput = '../tsv'\n");
  expect_done(cupel({"score", "--config", "lists/run.toml"}));
  EXPECT_EQ(names_on_board("tsv"), (Words{"other"}));
}

TEST_F(Many, OfAManifestThatMakesNoSenseAreRefused) {
  const auto refused = [&](const std::string& content, const std::string& words) {
    write("list.csv", content);
    expect_refused(cupel(score({"--manifest", "list.csv"})), 2, "list.csv: " + words);
  };
  refused("", "is empty");
  refused("name,path\n", "names no prediction");
  refused("name,file\na,b\n", "no column 'path'; it has: name, file");
  refused("name,path,rank\na,b,c\n", "column 'rank' is one of the leaderboard's own");
  refused("name,path,score_fixed_scale\na,b,c\n",
          "column 'score_fixed_scale' is one of the leaderboard's own");
  refused("name,path,pds_l1\na,b,c\n", "column 'pds_l1' is one of the leaderboard's own");
  refused("name,path,x,x\na,b,c,d\n", "column 'x' is there twice");
  refused("name,path\na,b\nc\n", "row 2 has 1 fields, the header 2");
  refused("name,path\na,\n", "row 1 has no path");
  expect_refused(cupel(score({"--manifest", "nowhere.csv"})), 2, "nowhere.csv: no such manifest");
}

// Under conventions that a file's content settles, and that read counts as their logarithm: a file
// is opened anew for its second context.
TEST_F(Many, AreReadAlikeInEveryContext) {
  const auto twice = [](std::uint64_t draw) {
    auto screen = make_small_screen({.draw = draw});
    screen.contexts.assign(screen.labels.size(), "one");
    auto copy = screen;
    screen.labels.insert(screen.labels.end(), copy.labels.begin(), copy.labels.end());
    screen.values.insert(screen.values.end(), copy.values.begin(), copy.values.end());
    screen.contexts.insert(screen.contexts.end(), copy.labels.size(), "two");
    return screen;
  };
  write_screen(folder.file("real.h5ad"), twice(1));
  write_screen(folder.file("a.h5ad"), twice(2));
  write_screen(folder.file("b.h5ad"), twice(3));
  for (const std::string profile : {"cell-eval-0.7", "vcc2026"}) {
    expect_done(cupel(score({"--pred", "a.h5ad", "b.h5ad", "--profile", profile}, profile)));
    for (const std::string name : {"a", "b"}) {
      std::map<std::string, std::string> first;
      int compared = 0;
      for (const auto& row : csv(fmt::format("{}/{}/results.csv", profile, name))) {
        const auto key = row[0] + " " + row[2];
        if (row[1] == "one") first[key] = row[3];
        if (row[1] != "two") continue;
        EXPECT_EQ(row[3], first.at(key)) << profile << " " << name << " " << key;
        ++compared;
      }
      EXPECT_GE(compared, 4 * 6);
    }
  }
}

// A value that is found when cells are read.
SmallScreen with_nan(SmallScreen screen, const std::string& context) {
  for (std::int64_t cell = 0; cell < screen.n_cells(); ++cell) {
    const auto i = static_cast<std::size_t>(cell);
    if (screen.contexts[i] == context && screen.labels[i] == "G003") {
      screen.value(cell, 4) = std::nan("");
    }
  }
  return screen;
}

class Broken : public Many {
 protected:
  Broken() {
    fs::create_directory(folder.file("runs"));
    write_predictions(6, "runs/");
    write("runs/p0.h5ad", "hello");
    auto screen = make_small_screen({.draw = 2, .contexts = 2});
    auto genes = screen;
    genes.genes[7] = "other";
    write_screen(folder.file("runs/p1.h5ad"), genes);
    auto labels = screen;
    labels.drop_label("G025");
    write_screen(folder.file("runs/p3.h5ad"), labels);
    // In the second context, so that it has begun to be scored.
    write_screen(folder.file("runs/p4.h5ad"), with_nan(screen, "line1"));
  }
};

TEST_F(Broken, OnesAreNamedWithTheirReasonsAndStopNobody) {
  expect_done(cupel(score({"--pred", "runs/p2.h5ad", "runs/p5.h5ad", "--write-de"}, "sound")));
  const auto result = cupel(score({"--pred", "runs/*.h5ad", "nowhere.h5ad", "--write-de"}));
  EXPECT_EQ(result.exit_code, 1) << ::testing::PrintToString(result);
  EXPECT_TRUE(result.err.ends_with("error: 5 of 7 predictions failed; why is in out/run.json\n"))
      << result.err;
  EXPECT_EQ(std::ranges::count(result.err, '\n'),
            5 + 1 + 3 + (result.err.starts_with("device") ? 1 : 0) - 1)
      << result.err;
  EXPECT_NE(result.out.find("5 of 7 predictions failed: p0, p1, p3, p4 and 1 more"),
            std::string::npos)
      << result.out;

  const std::map<std::string, std::string> reasons{
      {"p0", "is not an HDF5 file"},
      {"p1", "1 of 60 genes of real.h5ad are missing (first: 'G007')"},
      {"p3", "1 of 4 perturbations of real.h5ad are missing in context 'line0' (first: 'G025')"},
      {"p4", "gene 'G004': the value is NaN"},
      {"nowhere", "nowhere.h5ad: cannot be opened"}};
  const auto run = Json::parse(text("out/run.json"));
  EXPECT_EQ(run["predictions"].size(), 2U);
  ASSERT_EQ(run["failed"].size(), reasons.size());
  for (const auto& failed : run["failed"]) {
    const auto& words = reasons.at(failed["name"]);
    EXPECT_NE(failed["reason"].get<std::string>().find(words), std::string::npos) << failed;
    EXPECT_NE(
        result.err.find(fmt::format("prediction '{}' failed: {}", failed["name"].get<std::string>(),
                                    failed["reason"].get<std::string>())),
        std::string::npos);
  }
  const auto board = csv("out/leaderboard.csv");
  ASSERT_EQ(board.size(), 8U);
  for (const auto& row : board) EXPECT_EQ(row.size(), board[0].size());
  EXPECT_EQ(board[0][board[0].size() - 2], "status");
  for (std::size_t i = 1; i < board.size(); ++i) {
    const bool failed = reasons.contains(board[i][1]);
    EXPECT_EQ(i > 2, failed) << "those that failed come last";
    EXPECT_EQ(board[i][0].empty(), failed);
    EXPECT_EQ(board[i][board[i].size() - 2], failed ? "failed" : "scored");
    EXPECT_EQ(board[i].back().empty(), !failed);
    EXPECT_FALSE(failed && everything().contains(fmt::format("out/{}/", board[i][1])));
  }
  // The others' results are what they are without the broken ones.
  for (const std::string name : {"p2", "p5"}) {
    EXPECT_EQ(text("out/" + name + "/results.csv"), text("sound/" + name + "/results.csv"));
  }
}

TEST_F(Broken, OnesAloneAreAnError) {
  expect_refused(cupel(score({"--pred", "runs/p0.h5ad"})), 3, "runs/p0.h5ad: is not an HDF5 file");
  expect_refused(cupel(score({"--pred", "runs/p0.h5ad", "runs/p4.h5ad"})), 3,
                 "all 2 predictions failed; the first: runs/p0.h5ad: is not an HDF5 file");
  EXPECT_FALSE(everything().contains("out/"));
  expect_refused(cupel(score({"--pred", "runs/p0.h5ad", "runs/p2.h5ad", "--dry-run"})), 3,
                 "1 of 2 predictions cannot be scored");
}

TEST_F(Broken, OnesAreTriedAgainByARunThatGoesOn) {
  const Words all{"--pred", "runs/p2.h5ad", "runs/p4.h5ad", "runs/p5.h5ad", "--resume"};
  EXPECT_EQ(cupel(score(all)).exit_code, 1);
  EXPECT_EQ(cupel(score(all)).exit_code, 1);
  write_predictions(5, "runs/");
  expect_done(cupel(score({"--pred", "runs/p2.h5ad", "runs/p4.h5ad", "runs/p5.h5ad"}, "whole")));
  const auto result = cupel(score(all));
  expect_done(result);
  EXPECT_NE(result.err.find("out: 1 of 3 predictions are finished"), std::string::npos)
      << "p2 was written anew: " << result.err;
  expect_same_folders("whole", "out");
}

class Resume : public Many {
 protected:
  Resume() {
    fs::create_directory(folder.file("runs"));
    write_predictions(12, "runs/");
  }
  const Words all{"--pred", "runs/*.h5ad", "--write-de", "--profile", "full"};

  [[nodiscard]] ProgramResult go_on(const Words& more = {"--pred", "runs/*.h5ad"}) const {
    auto words = score(more);
    words.emplace_back("--resume");
    return cupel(words);
  }
  void expect_finished(const ProgramResult& result, int n, int of) const {
    const auto words = fmt::format("out: {} of {} predictions are finished", n, of);
    EXPECT_NE(result.err.find(words), std::string::npos) << words << " not in " << result.err;
  }
};

TEST_F(Resume, AfterBeingKilledAtAnyMomentGivesWhatAnUninterruptedRunGives) {
  for (const auto& text_format : {false, true}) {
    auto words = score(all, "whole");
    if (text_format) words.insert(words.end(), {"--de-format", "csv.gz"});
    const auto begin = std::chrono::steady_clock::now();
    const auto whole = cupel(words);
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    expect_done(whole);
    *std::ranges::find(words, "whole") = "out";
    words.emplace_back("--resume");
    std::mt19937_64 random(text_format ? 1 : 2);
    std::uniform_real_distribution<double> moment(0.0, 0.6);
    int killed = 0;
    ProgramResult last;
    for (int i = 0; i < 40; ++i) {
      Words command{cupel_binary()};
      command.insert(command.end(), words.begin(), words.end());
      Program program(command, here());
      if (i < 10 || killed == 0) {
        std::this_thread::sleep_for(took * moment(random));
        ::kill(program.id(), SIGKILL);
      }
      last = program.result();
      killed += last.signal == SIGKILL ? 1 : 0;
      if (last.exit_code != 0) continue;
      if (killed > 0) break;
      fs::remove_all(folder.file("out"));  // it was quicker than the whole run: kill sooner
      took /= 2;
    }
    expect_done(last);
    EXPECT_GE(killed, 1);
    EXPECT_EQ(last.out, whole.out);
    expect_same_folders("whole", "out");
    fs::remove_all(folder.file("whole"));
    fs::remove_all(folder.file("out"));
  }
}

// Stopped while predictions are scored, and while what all of them share is made.
class ResumeWithEverything : public Resume, public ::testing::WithParamInterface<const char*> {
 protected:
  ResumeWithEverything() {
    // What warns when it is read, after one that fails then, which a run that goes on does later.
    SmallScreen odd{make_small_screen().genes, {}, {}, {}};
    for (const auto* line : {"line0", "line1"}) {
      for (const auto* label : {"G003", "G010", "G025", "G041"}) {
        odd.contexts.emplace_back(line);
        odd.labels.emplace_back(label);
        for (int gene = 0; gene < 60; ++gene) odd.values.push_back(0.5 + 0.01 * (gene % 7));
      }
    }
    write_screen(folder.file("runs/c_odd.h5ad"), odd,
                 {.kind = "dense", .storage = {.type = "float64"}});
    write_screen(folder.file("runs/b_nan.h5ad"),
                 with_nan(make_small_screen({.draw = 3, .contexts = 2}), "line0"));
    write("runs/z_text.h5ad", "hello");
  }
};

TEST_P(ResumeWithEverything, GivesWhatAnUninterruptedRunGives) {
  const Words most{"--pred", "runs/*.h5ad", "--write-de", "--de-format", "csv.gz"};
  const Words judged{"--ends", "all", "--draws", "200", "--replicate-splits", "2"};
  auto words = score(most, "whole", judged);
  words.insert(words.end(), {"--cache", "none"});
  const auto whole = cupel(words);
  EXPECT_EQ(whole.exit_code, 1) << whole.err;
  for (const auto* name : {"ends.csv", "intervals.csv", "truth.csv", "p7/scored.csv",
                           "p7/strata.csv", "p7/de_line1.csv.gz", "c_odd/strata.csv"}) {
    EXPECT_TRUE(everything().contains(std::string("whole/") + name)) << name;
  }
  const auto warnings = Json::parse(text("whole/run.json"))["warnings"];
  EXPECT_EQ(warnings.size(), 3U) << warnings;

  words = score(most, "out", judged);
  words.insert(words.end(), {"--cache", "cache", "--resume"});
  Words command{cupel_binary()};
  command.insert(command.end(), words.begin(), words.end());
  Program first(command, here());
  const auto moment = fmt::format("out/{}/done.json", GetParam());
  for (int i = 0; i < 20000 && !fs::exists(folder.file(moment)); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ::kill(first.id(), SIGKILL);
  ASSERT_EQ(first.result().signal, SIGKILL) << "it should still have been running";
  EXPECT_FALSE(everything().contains("out/run.json"));
  const auto last = cupel(words);
  EXPECT_EQ(last.exit_code, 1) << last.err;
  EXPECT_EQ(last.err.find("out: 0 of "), std::string::npos) << last.err;
  EXPECT_EQ(last.out, whole.out);
  expect_same_folders("whole", "out");
}

INSTANTIATE_TEST_SUITE_P(After, ResumeWithEverything, ::testing::Values("p2", "p9"),
                         [](const auto& moment) {
                           return std::string(moment.param) == "p9" ? "TheLastPrediction" : "Some";
                         });

TEST_F(Resume, MayAskForOtherEndsAndDraws) {
  const Words some{"--pred", "runs/p[0-2].h5ad"};
  const Words none{"--ends", "none", "--draws", "0", "--strata", "none"};
  const Words more{"--ends",
                   "no_change,replicate",
                   "--replicate-splits",
                   "2",
                   "--draws",
                   "200",
                   "--cache",
                   "none",
                   "--strata",
                   "none"};
  expect_done(cupel(score(some, "none", none)));
  expect_done(cupel(score(some, "more", more)));
  expect_done(cupel(score(some, "out", none)));
  for (const auto& [judged, like] : {std::pair(more, "more"), std::pair(none, "none")}) {
    auto words = score(some, "out", judged);
    words.emplace_back("--resume");
    const auto result = cupel(words);
    expect_done(result);
    expect_finished(result, 3, 3);
    expect_same_folders(like, "out");
  }
}

TEST_F(Resume, ReadsNothingWhenNothingIsLeft) {
  write_screen(folder.file("real.h5ad"), make_small_screen({.contexts = 2}),
               {.storage = {.chunk = 4096, .filters = {"gzip"}}});
  const auto first = go_on();
  expect_done(first);
  expect_finished(first, 0, 12);
  const auto before = contents("out");
  // Whoever reads cells now finds the damage; nothing else tells of it.
  for (const auto* name : {"real.h5ad", "runs/p3.h5ad"}) {
    const auto path = folder.file(name);
    const auto time = fs::last_write_time(path);
    flip_byte_of_chunk(path, "X/data", 0, 40);
    fs::last_write_time(path, time);
  }
  const auto again = go_on();
  expect_done(again);
  EXPECT_EQ(again.out, first.out);
  EXPECT_EQ(contents("out")["leaderboard.csv"], before.at("leaderboard.csv"));
  EXPECT_EQ(cupel(score({"--pred", "runs/p3.h5ad"}, "other")).exit_code, 3);
}

TEST_F(Resume, ScoresAgainWhatChangedAndTakesInWhatIsNew) {
  expect_done(go_on({"--pred", "runs/p[0-4].h5ad"}));
  // Another prediction under the same name, a result that was cut off, and one that was edited.
  write_screen(folder.file("runs/p1.h5ad"), make_small_screen({.draw = 77, .contexts = 2}));
  fs::resize_file(folder.file("out/p2/results.csv"), 300);
  write("out/p3/agg_results.csv", text("out/p3/agg_results.csv") + " ");
  fs::remove(folder.file("out/p4/done.json"));
  write("out/p0/results.csv.tmp-123", "half");
  const auto result = go_on({"--pred", "runs/p[0-7].h5ad"});
  expect_done(result);
  expect_finished(result, 1, 8);
  expect_done(cupel(score({"--pred", "runs/p[0-7].h5ad"}, "whole")));
  expect_same_folders("whole", "out");
}

TEST_F(Resume, KeepsTheResultsOfAFileThatIsGone) {
  expect_done(go_on());
  const auto before = text("out/leaderboard.csv");
  fs::remove(folder.file("runs/p5.h5ad"));
  Words files{"--pred"};
  for (const auto* i : {"0", "1", "10", "11", "2", "3", "4", "5", "6", "7", "8", "9"}) {
    files.push_back(fmt::format("runs/p{}.h5ad", i));
  }
  expect_done(go_on(files));
  EXPECT_EQ(text("out/leaderboard.csv"), before);
}

TEST_F(Resume, RefusesAFolderOfAnotherRun) {
  expect_done(go_on({"--pred", "runs/p[01].h5ad"}));
  const auto refused = [&](const Words& more, const std::string& words) {
    Words command{"--pred", "runs/p[01].h5ad"};
    command.insert(command.end(), more.begin(), more.end());
    expect_refused(go_on(command), 2, words);
  };
  refused({"--profile", "pds"},
          "out: holds results of another run: profile was 'vcc2026', now 'pds'");
  refused({"--set", "de.p_adj_threshold=0.1"}, "de.p_adj_threshold was '0.05', now '0.1'");
  refused({"--write-de"}, "--write-de was '', now 'h5ad'");
  expect_refused(cupel(score({"--pred", "runs/p[01].h5ad", "--resume"}, "out", {})), 2,
                 "--strata was 'none', now 'effect'");
  write("genes.csv", "perturbation,gene\nG003,G003\n");
  refused({"--target-gene-map", "genes.csv"}, "--target-gene-map was '', now 'content ");
  refused({"--force"}, "--force begins anew, --resume goes on");
  expect_refused(cupel(score({"--pred", "runs/p[01].h5ad"})), 2, "out exists and is not empty");
  // The same content in another layout is the same real side; another content is not.
  write_screen(folder.file("real.h5ad"), make_small_screen({.contexts = 2}),
               {.kind = "dense", .storage = {.type = "uint16"}});
  expect_done(go_on({"--pred", "runs/p[012].h5ad"}));
  write_screen(folder.file("real.h5ad"), make_small_screen({.draw = 90, .contexts = 2}));
  refused({}, "real.h5ad: is not what the results so far were scored against (fingerprint ");
  auto genes = make_small_screen({.contexts = 2});
  genes.keep_genes({0, 1, 2, 3, 10, 25, 41});
  write_screen(folder.file("real.h5ad"), genes);
  refused({}, "genes of the real file was '60', now '7'");
}

TEST_F(Resume, BeginsAnewWhereItIsForced) {
  expect_done(go_on({"--pred", "runs/p[01].h5ad"}));
  expect_done(cupel(score({"--pred", "runs/p0.h5ad", "--force", "--profile", "pds"})));
  EXPECT_FALSE(everything().contains("out/p1/done.json"));
  expect_finished(go_on({"--pred", "runs/p[01].h5ad", "--profile", "pds"}), 1, 2);
}

TEST_F(Resume, KeepsASecondRunOut) {
  Words command{cupel_binary()};
  Words words = score({"--profile", "full"});
  for (int i = 0; i < 300; ++i) {
    words.insert(words.end(), {"--pred", fmt::format("q{:03}=runs/p0.h5ad", i)});
  }
  command.insert(command.end(), words.begin(), words.end());
  Program first(command, here());
  for (int i = 0; i < 5000 && !fs::exists(folder.file("out/q000/results.csv")); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (fs::exists(folder.file("out"))) break;
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  words.emplace_back("--resume");
  const auto second = cupel(words);
  ::kill(first.id(), SIGKILL);
  EXPECT_EQ(first.result().signal, SIGKILL) << "it should still have been running";
  expect_refused(second, 2, "out: another run is writing into it");
}

class OnATerminal : public Many {};

TEST_F(OnATerminal, ManySmallPredictionsShareOneLine) {
  write_predictions(1);
  Words words = score({"--profile", "full"});
  for (int i = 0; i < 120; ++i) {
    words.insert(words.end(), {"--pred", fmt::format("q{:03}=p0.h5ad", i)});
  }
  auto terminal = here();
  terminal.terminal = true;
  const auto result = cupel(words, terminal);
  expect_done(result);
  EXPECT_NE(result.err.find("\r\033[Kscoring: "), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("/240 predictions, "), std::string::npos) << result.err;
  EXPECT_LE(std::ranges::count(result.err, '\n'), 4) << result.err;
}

}  // namespace
}  // namespace cupel::test
