#include "splits/strata.hpp"

#include <fmt/format.h>

#include "splits/balance.hpp"
#include "splits/embeddings.hpp"
#include "splits/made_material.hpp"
#include "support/scratch_folder.hpp"

namespace cupel::test {
namespace {

using splits::Part;
using splits::SplitOptions;
using splits::terciles;
using Parameter = std::pair<std::string, std::string>;
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

// Pearson's chi-square by hand: 3 of "a" train and 1 is tested, 1 of "b" trains and 3 are; expected
// are 2 everywhere, so it is 4 * 1 / 2.
TEST(Balance, IsChiSquareOfStrataAndParts) {
  splits::Manifest manifest;
  splits::Fold fold{.name = "x", .part = {}, .task = {}, .cells = {}};
  const auto add = [&](const std::string& name, const std::string& stratum, Part part) {
    manifest.conditions.push_back({.members = {name}});
    manifest.stratum.push_back(stratum);
    fold.part.push_back(part);
  };
  for (const auto* name : {"a1", "a2", "a3"}) add(name, "a", Part::kTrain);
  add("a4", "a", Part::kTest);
  add("b1", "b", Part::kTrain);
  for (const auto* name : {"b2", "b3", "b4"}) add(name, "b", Part::kTest);
  add("b4", "b", Part::kTest);  // the same perturbation in another context
  add("c1", "c", Part::kExcluded);
  manifest.conditions.push_back({});  // a control
  manifest.stratum.emplace_back("");
  fold.part.push_back(Part::kTrain);
  auto even = fold;
  even.part[2] = Part::kTest;
  even.part[5] = Part::kTrain;
  manifest.folds = {even};
  EXPECT_EQ(splits::balance_of(manifest).chi_square, 0.0);
  manifest.folds = {even, fold};
  EXPECT_DOUBLE_EQ(splits::balance_of(manifest).chi_square, 2.0) << "the worst of the folds";
  EXPECT_EQ(splits::balance_of(manifest).degrees, 1);
  manifest.stratum.clear();
  EXPECT_EQ(splits::balance_of(manifest).degrees, 0);
}

// What a stratified manifest says of itself, before and after.
TEST(Balance, IsReportedWithStrataAndWithout) {
  std::vector<MadeCells> groups{{"ctrl"}};
  for (int i = 0; i < 60; ++i) {
    groups.push_back({.label = "p" + std::to_string(i), .cells = 1 + i});
  }
  const MadeMaterial made(groups);
  SplitOptions options{.seed = 3, .test = 0.3, .val = 0.15};
  const auto plain = split("gex", made, options);
  EXPECT_EQ(std::ranges::count(plain.parameters, "balance", &Parameter::first), 0);
  set_strata(made, "size", options);
  const auto manifest = split("gex", made, options);
  auto unstratified = plain;
  unstratified.stratum = manifest.stratum;
  EXPECT_GT(splits::balance_of(unstratified).chi_square, 0.0);
  const auto found = std::ranges::find(manifest.parameters, "balance", &Parameter::first);
  ASSERT_NE(found, manifest.parameters.end());
  EXPECT_EQ(found->second,
            fmt::format("chi-square 0.00 with 4 degrees of freedom; without strata {:.2f}",
                        splits::balance_of(unstratified).chi_square));
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
