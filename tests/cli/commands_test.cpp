#include <nlohmann/json.hpp>

#include "config/profile.hpp"
#include "cupel/backend.hpp"
#include "cupel/metric.hpp"
#include "support/cli.hpp"
#include "support/damage_h5ad.hpp"
#include "support/gzip_text.hpp"
#include "support/hdf5_probe.hpp"
#include "support/small_screen.hpp"
#include "support/tiny_h5ad.hpp"

namespace cupel::test {
namespace {

using Names = std::vector<std::string>;
const Names kGroups{"G003", "G010", "G025", "G041"};

class Commands : public Cli {};

TEST_F(Commands, ExplainThemselves) {
  const std::vector<Names> all{{},
                               {"score"},
                               {"de"},
                               {"pseudobulk"},
                               {"inspect"},
                               {"simulate"},
                               {"demo"},
                               {"list"},
                               {"list", "metrics"},
                               {"list", "profiles"},
                               {"fit"},
                               {"list", "baselines"},
                               {"split"},
                               {"list", "splits"}};
  for (auto command : all) {
    command.emplace_back("--help");
    const auto result = cupel(command);
    expect_done(result);
    EXPECT_NE(result.out.find("Usage: cupel"), std::string::npos) << result.out;
    EXPECT_EQ(result.err, "");
  }
  const auto version = cupel({"--version"});
  expect_done(version);
  EXPECT_TRUE(version.out.starts_with("cupel ")) << version.out;
  EXPECT_TRUE(version.out.ends_with(std::string(has_cuda() ? "\nwith" : "\nwithout") +
                                    " CUDA, kernels " + std::string(kernels_hash()) + "\n"))
      << version.out;
}

TEST_F(Commands, AreNamedWhenAWordIsNone) {
  expect_refused(cupel({"scores"}), 2,
                 "no command named 'scores' (did you mean 'score'?); known: score, de");
  expect_refused(cupel({}), 2, "subcommand");
  expect_refused(cupel({"list"}), 2, "subcommand");
  expect_refused(cupel({"list", "metrics", "--xml"}), 2, "--xml");
}

TEST_F(Commands, SayWhenStandardOutputTakesNoMore) {
  auto full = here();
  full.output = "/dev/full";
  EXPECT_EQ(cupel({"list", "metrics"}, full).exit_code, 3);
  EXPECT_EQ(cupel({"list", "profiles"}, full).exit_code, 3);  // little enough to wait in a buffer
}

TEST_F(Commands, ListWhatTheRegistriesHold) {
  EXPECT_EQ(cupel({"list", "metrics", "--markdown"}).out, metric_table_markdown());
  EXPECT_EQ(cupel({"list", "profiles", "--markdown"}).out, profile_table_markdown());

  const auto metrics = nlohmann::json::parse(cupel({"list", "metrics", "--json"}).out);
  ASSERT_EQ(metrics.size(), all_metrics().size());
  for (const auto& metric : metrics) {
    const auto& known = find_metric(metric["name"].get<std::string>());
    EXPECT_EQ(metric["summary"], known.summary);
    EXPECT_EQ(metric["perfect"].is_null(), !std::isfinite(known.perfect)) << known.name;
  }
  const auto profiles = nlohmann::json::parse(cupel({"list", "profiles", "--json"}).out);
  ASSERT_EQ(profiles.size(), builtin_profile_names().size());
  EXPECT_EQ(profiles[0]["settings"].size(), resolved_settings({}).size());
  const auto lines = cupel({"list", "metrics"}).out;
  EXPECT_EQ(std::ranges::count(lines, '\n'), std::ssize(all_metrics()));
}

TEST_F(Commands, DeTestsEveryGeneOfEveryPerturbation) {
  write_screen(folder.file("screen.h5ad"), make_small_screen());
  expect_done(cupel({"de", "screen.h5ad", "-o", "de.h5ad"}));
  const Hdf5Probe table(folder.file("de.h5ad"));
  EXPECT_EQ(table.strings("obs/_index"), kGroups);
  EXPECT_EQ(table.strings("var/_index"), make_small_screen().genes);
  EXPECT_EQ(table.shape("layers/p_value"), (std::vector<std::int64_t>{4, 60}));
  EXPECT_EQ(table.numbers("X"), table.numbers("layers/log2_fold_change"));
  EXPECT_EQ(everything(), (std::set<std::string>{"screen.h5ad", "de.h5ad"}));

  expect_refused(cupel({"de", "screen.h5ad", "-o", "de.h5ad"}), 2, "de.h5ad exists; add --force");
  expect_done(cupel({"de", "screen.h5ad", "-o", "de.h5ad", "--force", "--gate"}));
  const Hdf5Probe gated(folder.file("de.h5ad"));
  EXPECT_EQ(gated.strings("var/_index").size(), 58U);  // without the two silent genes
}

TEST_F(Commands, DeWritesTheSameTestsAsText) {
  write_screen(folder.file("screen.h5ad"), make_small_screen());
  expect_done(cupel({"de", "screen.h5ad", "-o", "de.h5ad"}));
  expect_done(cupel({"de", "--real", "screen.h5ad", "-o", "de.csv.gz"}));
  const auto rows = csv_rows(gzip_text(folder.file("de.csv.gz")));
  EXPECT_EQ(rows[0], (Names{"target", "feature", "log2_fold_change", "p_value", "p_adj"}));
  const Hdf5Probe table(folder.file("de.h5ad"));
  const auto p = table.numbers("layers/p_value");
  const auto fold = table.numbers("layers/log2_fold_change");
  ASSERT_EQ(rows.size(), 1 + p.size());
  for (std::size_t i = 0; i < p.size(); ++i) {
    EXPECT_EQ(rows[i + 1][0], kGroups[i / 60]);
    EXPECT_EQ(std::stod(rows[i + 1][2]), fold[i]);
    EXPECT_EQ(std::stod(rows[i + 1][3]), p[i]);
  }
}

TEST_F(Commands, DeWritesOneTablePerContext) {
  write_screen(folder.file("screen.h5ad"), make_small_screen({.contexts = 2}));
  const Names command{"de", "screen.h5ad", "--context-col", "line", "-o", "de.h5ad"};
  expect_done(cupel(command));
  EXPECT_EQ(everything(), (std::set<std::string>{"screen.h5ad", "de_line0.h5ad", "de_line1.h5ad"}));
  expect_refused(cupel(command), 2, "de_line0.h5ad exists; add --force");
}

TEST_F(Commands, PseudobulkGivesProfilesAndSums) {
  auto screen = make_small_screen();
  write_screen(folder.file("screen.h5ad"), screen);
  expect_done(cupel({"pseudobulk", "screen.h5ad", "-o", "bulk.h5ad"}));
  const Hdf5Probe bulk(folder.file("bulk.h5ad"));
  Names groups = kGroups;
  groups.insert(groups.begin(), "non-targeting");
  EXPECT_EQ(bulk.strings("obs/_index"), groups);
  const auto sums = bulk.numbers("layers/sums");
  const auto profiles = bulk.numbers("X");
  for (std::size_t group = 0; group < groups.size(); ++group) {
    std::vector<double> expected(60);
    double total = 0;
    for (std::int64_t cell = 0; cell < screen.n_cells(); ++cell) {
      if (screen.labels[static_cast<std::size_t>(cell)] != groups[group]) continue;
      for (std::size_t gene = 0; gene < 60; ++gene) {
        expected[gene] += screen.value(cell, static_cast<std::int64_t>(gene));
      }
    }
    for (const double sum : expected) total += sum;
    for (std::size_t gene = 0; gene < 60; ++gene) {
      EXPECT_EQ(sums[group * 60 + gene], expected[gene]);
      EXPECT_NEAR(profiles[group * 60 + gene], std::log1p(expected[gene] * 5e4 / total), 1e-12);
    }
  }
  expect_refused(cupel({"pseudobulk", "screen.h5ad", "-o", "bulk.h5ad"}), 2, "add --force");
}

TEST_F(Commands, PseudobulkNamesContexts) {
  write_screen(folder.file("screen.h5ad"), make_small_screen({.contexts = 2}));
  expect_done(cupel({"pseudobulk", "screen.h5ad", "--context-col", "line", "-o", "bulk.h5ad"}));
  const auto names = Hdf5Probe(folder.file("bulk.h5ad")).strings("obs/_index");
  EXPECT_EQ(names.size(), 10U);
  EXPECT_EQ(names[6], "line1_G003");
}

TEST_F(Commands, InspectSaysWhatAFileHoldsAndWhichFlagsFit) {
  auto screen = make_small_screen({.contexts = 2});
  write_screen(folder.file("screen.h5ad"), screen,
               {.kind = "dense", .storage = {.type = "uint16"}});
  const auto result = cupel({"inspect", "screen.h5ad"});
  expect_done(result);
  EXPECT_TRUE(result.out.starts_with("screen.h5ad: 232 cells × 60 genes\n")) << result.out;
  for (const auto* words : {"dense uint16, 13 920 stored values, none", "  counts\n",
                            "  target               categorical, 5 labels: G003, G010",
                            "  line                 categorical, 2 labels: line0, line1",
                            "--pert-col target --control 'non-targeting'"}) {
    EXPECT_NE(result.out.find(words), std::string::npos) << words << " in " << result.out;
  }
  screen.to_lognorm();
  write_screen(folder.file("screen.h5ad"), screen);
  EXPECT_NE(cupel({"inspect", "screen.h5ad"}).out.find("lognorm"), std::string::npos);
  expect_refused(cupel({"inspect"}), 2, "give FILE.h5ad");
  EXPECT_EQ(cupel({"inspect", "screen.h5ad", "--layer", "raw"}).exit_code, 3);
}

TEST_F(Commands, InspectShowsWhatItCannotRead) {
  {
    TinyH5ad file(folder.file("odd.h5ad"), 2, 2);
    file.add_dense("X", std::vector<Triplet>{{0, 0, 1}, {1, 1, 2}}, {});
    make_group(file.id(), "layers");
    write_with_filter(file.id(), "layers/packed", {2, 2}, 32999, "homemade");
    file.add_text("target", {"a", "b"});
    make_group(file.id(), "obs/odd");
    write_attribute(file.id(), "obs", "column-order", std::vector<std::string>{"target", "odd"});
  }
  const auto result = cupel({"inspect", "odd.h5ad"});
  expect_done(result);
  for (const auto* words :
       {"  layers/packed    cannot be read: odd.h5ad: 'layers/packed' is compressed "
        "with homemade (HDF5 filter 32999)",
        "  odd                  cannot be read, 0 labels"}) {
    EXPECT_NE(result.out.find(words), std::string::npos) << words << " in " << result.out;
  }
}

TEST_F(Commands, SimulateWritesWhatScoreReads) {
  const Names simulate{"simulate", "--preset", "tiny",  "--scale", "0.2",  "--only",
                       "real",     "--only",   "noisy", "-o",      "data", "--quiet"};
  const auto first = cupel(simulate);
  expect_done(first);
  EXPECT_EQ(first.out + first.err, "");
  EXPECT_EQ(everything(), (std::set<std::string>{"data/", "data/real.h5ad", "data/noisy.h5ad",
                                                 "data/truth.csv"}));
  expect_refused(cupel(simulate), 2, "data/real.h5ad: is there already; use --force to replace it");
  expect_done(
      cupel({"score", "--real", "data/real.h5ad", "--pred", "data/noisy.h5ad", "-o", "out"}));
  expect_refused(cupel({"simulate", "--preset", "huge", "-o", "x"}), 2, "known: tiny, h1-2025");
  expect_refused(cupel({"simulate", "--only", "all", "-o", "x"}), 2, "known: real, replicate");
  expect_refused(cupel({"simulate", "--scale", "0", "-o", "x"}), 2, "must be above 0");
  expect_refused(cupel({"simulate"}), 2, "give -o FOLDER");
  EXPECT_FALSE(everything().contains("x/"));
}

// What the demo promises of its board.
TEST_F(Commands, DemoRanksPredictionsOfKnownWorth) {
  const auto result = cupel({"demo", "-o", "demo"});
  expect_done(result);
  const auto board = csv("demo/scores/leaderboard.csv");
  ASSERT_EQ(board.size(), 6U);
  std::map<std::string, std::size_t> place;
  std::map<std::string, double> pds;
  const auto column = std::ranges::find(board[0], "pds_cosine") - board[0].begin();
  for (std::size_t i = 1; i < board.size(); ++i) {
    place[board[i][1]] = i;
    pds[board[i][1]] = std::stod(board[i][static_cast<std::size_t>(column)]);
  }
  EXPECT_EQ(place["replicate"], 1U);
  EXPECT_EQ(place["noisy"], 2U);
  EXPECT_GT(pds["replicate"], 0.95);
  EXPECT_GT(pds["noisy"], 0.7);
  // 30 perturbations with ranks at random: the mean of as many uniform numbers, 0.5 ± 0.053.
  constexpr double kFourSigma = 0.21;
  for (const auto* blank : {"mean_response", "no_change", "shuffled_labels"}) {
    EXPECT_NEAR(pds[blank], 0.5, kFourSigma) << blank;
  }
  EXPECT_NE(result.out.find("stand near 0.5 on pds_cosine"), std::string::npos);
  EXPECT_NE(result.out.find("demo/scores"), std::string::npos);
  expect_refused(cupel({"demo", "-o", "demo"}), 2, "--force");
}

}  // namespace
}  // namespace cupel::test
