#include "splits/strata.hpp"

#include <fmt/format.h>

#include "splits/embeddings.hpp"
#include "splits/made_material.hpp"
#include "support/scratch_folder.hpp"

namespace cupel::test {
namespace {

using splits::Part;
using splits::SplitOptions;
using splits::terciles;
using Strata = std::map<std::string, std::string>;

std::string written(const ScratchFolder& folder, const std::string& text) {
  std::ofstream(folder.file("file"), std::ios::binary) << text;
  return folder.file("file");
}

TEST(Terciles, AreThirdsByPlace) {
  EXPECT_EQ(terciles({}), Strata{});
  EXPECT_EQ(terciles({{"a", 5.0}}), (Strata{{"a", "low"}}));
  EXPECT_EQ(terciles({{"a", 5.0}, {"b", -1.0}}), (Strata{{"b", "low"}, {"a", "mid"}}));
  EXPECT_EQ(terciles({{"a", 3.0}, {"b", 2.0}, {"c", 1.0}}),
            (Strata{{"a", "high"}, {"b", "mid"}, {"c", "low"}}));
  EXPECT_EQ(terciles({{"a", 1.0}, {"b", 1.0}, {"c", 1.0}}),  // equal: by name
            (Strata{{"a", "low"}, {"b", "mid"}, {"c", "high"}}));
}

TEST(SetStrata, TakesSizesOfPerturbationsAndTheirMembers) {
  const MadeMaterial made({{"ctrl"},
                           {.label = "A", .cells = 2},
                           {.label = "B", .cells = 4},
                           {.label = "A+X", .cells = 9}});
  SplitOptions options;
  set_strata(made, "size", options);
  EXPECT_EQ(options.stratified_by, "size");
  // A alone has 2 and B 4; A+X, and X that is nowhere alone, have 9.
  EXPECT_EQ(options.stratum_of,
            (Strata{{"A", "low"}, {"B", "low"}, {"A+X", "mid"}, {"X", "high"}}));
}

TEST(SetStrata, ReadsStrengthListsAndGeneSets) {
  const ScratchFolder folder;
  const MadeMaterial made({{"ctrl"}, {"A"}, {"B"}, {"C"}, {"D"}});
  const auto strata = [&](const std::string& kind, const std::string& text) {
    SplitOptions options;
    set_strata(made, kind + ":" + written(folder, text), options);
    return options.stratum_of;
  };
  EXPECT_EQ(strata("strength", "name,strength\nA,0.5\nB,1e2\nC,-3\nD,nan\n"),
            (Strata{{"C", "low"}, {"A", "mid"}, {"B", "high"}}));
  EXPECT_EQ(strata("list", "A\r\nC \n\nE\n"),
            (Strata{{"A", "in"}, {"B", "out"}, {"C", "in"}, {"D", "out"}, {"E", "in"}}));
  EXPECT_EQ(strata("sets", "one\thttp://x\tA\tB\ntwo\t\tB\tC\n"),
            (Strata{{"A", "one"}, {"B", "one"}, {"C", "two"}}));
}

TEST(SetStrata, RefusesInOneLine) {
  const ScratchFolder folder;
  const MadeMaterial made(grid(1, 4));
  const auto refusal = [&](const std::string& asked, ErrorKind kind = ErrorKind::kUsage) {
    SplitOptions options;
    return error_of([&] { set_strata(made, asked, options); }, kind);
  };
  for (const auto* asked : {"weight", "size:file", "strength", "list:", "gene"}) {
    EXPECT_EQ(refusal(asked), fmt::format("--stratify '{}': write size, strength:FILE, list:FILE "
                                          "or sets:FILE.gmt",
                                          asked));
  }
  EXPECT_EQ(refusal("list:" + folder.file("none"), ErrorKind::kInput),
            folder.file("none") + ": cannot open it");
  EXPECT_NE(refusal("strength:" + written(folder, "A\n"), ErrorKind::kInput)
                .find("line 1 is not 'name,strength'"),
            std::string::npos);
  EXPECT_NE(refusal("strength:" + written(folder, "A,1\nA,2\n"), ErrorKind::kInput)
                .find("line 2 gives 'A' a second strength"),
            std::string::npos);
}

// Parts of a stratified split hold each stratum in its share, as exactly as whole numbers allow.
TEST(Stratified, PartsHoldEachStratumInItsShare) {
  std::vector<MadeCells> groups{{"ctrl"}};
  for (int i = 0; i < 60; ++i) {
    groups.push_back({.label = "p" + std::to_string(i), .cells = 1 + i});
  }
  const MadeMaterial made(groups);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    SplitOptions options{.seed = seed, .test = 0.3, .val = 0.15};
    set_strata(made, "size", options);
    const auto manifest = split("gex", made, options);
    EXPECT_EQ(manifest.stratified_by, "size");
    std::map<std::pair<std::string, Part>, int> count;
    for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
      if (is_control(manifest.conditions[i])) continue;
      ++count[{manifest.stratum[i], manifest.folds[0].part[i]}];
      const int cells = static_cast<int>(manifest.n_cells[i]);
      EXPECT_EQ(manifest.stratum[i], cells <= 20 ? "low" : cells <= 40 ? "mid" : "high");
    }
    for (const auto* stratum : {"low", "mid", "high"}) {
      EXPECT_EQ((count[{stratum, Part::kTest}]), 6) << stratum;
      EXPECT_EQ((count[{stratum, Part::kVal}]), 3) << stratum;
      EXPECT_EQ((count[{stratum, Part::kTrain}]), 11) << stratum;
    }
  }
}

TEST(Embeddings, AreReadWithOrWithoutAHeader) {
  const ScratchFolder folder;
  const auto read = [&](const std::string& text) {
    return splits::read_embeddings(written(folder, text));
  };
  for (const auto* header : {"", "context,x,y\n"}) {
    const auto profiles = read(std::string(header) + "K562,1,-2.5\r\nRPE1\t1e3\t0\n\n");
    EXPECT_EQ(profiles.contexts, (std::vector<std::string>{"K562", "RPE1"}));
    EXPECT_EQ(profiles.values, (std::vector<std::vector<double>>{{1.0, -2.5}, {1000.0, 0.0}}));
  }
  for (const auto* bad : {"a,1\nb,1,2\n", "a,1\nb,x\n", "a,1\nb\n", "a,1\nb,inf\n", "a,1,z\n"}) {
    EXPECT_NE(error_of([&] { (void)read(bad); }).find("is not 'context,value,...'"),
              std::string::npos)
        << bad;
  }
  EXPECT_NE(error_of([&] { (void)read("a,1\na,2\n"); }).find("line 2 gives 'a' a second time"),
            std::string::npos);
  EXPECT_NE(error_of([&] { (void)splits::read_embeddings(folder.file("none")); }), "");
}

}  // namespace
}  // namespace cupel::test
