#include "splits/made_material.hpp"

namespace cupel::test {
namespace {

using splits::Part;

const std::vector<MadeCells> kScreen{{"ctrl"}, {"A"},   {"B"},   {"C"},
                                     {"D"},    {"A+B"}, {"C+D"}, {"B+C"}};

TEST(Gex, HoldsOutAMemberWithAllItsCombinations) {
  const MadeMaterial made(kScreen);
  const auto manifest = split("gex", made, {.hold_out = {"A", "B"}, .validate = {"D"}});
  EXPECT_EQ(part_of(manifest, "A"), Part::kTest);
  EXPECT_EQ(part_of(manifest, "B"), Part::kTest);
  EXPECT_EQ(part_of(manifest, "A+B"), Part::kTest);      // nothing of it trains
  EXPECT_EQ(part_of(manifest, "B+C"), Part::kExcluded);  // C trains, so it is no test; B leaks
  EXPECT_EQ(part_of(manifest, "C"), Part::kTrain);
  EXPECT_EQ(part_of(manifest, "D"), Part::kVal);
  EXPECT_EQ(part_of(manifest, "C+D"), Part::kVal);
  EXPECT_EQ(part_of(manifest, "control"), Part::kEvery);
  EXPECT_EQ(splits::claim_text(manifest), "seen context, unseen perturbations");
}

TEST(Gex, ThatIsLooseClaimsLess) {
  const MadeMaterial made(kScreen);
  const auto manifest = split("gex", made, {.val = 0.0, .hold_out = {"A", "C+D"}, .loose = true});
  EXPECT_EQ(part_of(manifest, "A"), Part::kTest);
  EXPECT_EQ(part_of(manifest, "A+B"), Part::kTrain);
  EXPECT_EQ(splits::claim_text(manifest),
            "seen context, perturbations seen only within combinations");
}

TEST(Gex, DrawsItsShares) {
  const MadeMaterial made(grid(2, 50));
  const auto manifest = split("gex", made, {.test = 0.2, .val = 0.1});
  int test = 0;
  int val = 0;
  for (int p = 0; p < 50; ++p) {
    const auto name = std::string(p < 10 ? "g0" : "g") + std::to_string(p);
    test += part_of(manifest, name, "c0") == Part::kTest ? 1 : 0;
    val += part_of(manifest, name, "c0") == Part::kVal ? 1 : 0;
    EXPECT_EQ(part_of(manifest, name, "c0"), part_of(manifest, name, "c1")) << name;
  }
  EXPECT_EQ(test, 10);
  EXPECT_EQ(val, 5);
}

TEST(Gex, SharesOutStrataExactly) {
  const MadeMaterial made(grid(1, 50));
  splits::SplitOptions options{.test = 0.2, .val = 0.0, .stratified_by = "list"};
  for (int p = 0; p < 50; ++p) {
    options.stratum_of[std::string(p < 10 ? "g0" : "g") + std::to_string(p)] =
        p < 10 ? "few" : "many";
  }
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    options.seed = seed;
    const auto manifest = split("gex", made, options);
    std::map<std::string, int> tested;
    for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
      if (manifest.folds[0].part[i] == Part::kTest) ++tested[manifest.stratum[i]];
    }
    EXPECT_EQ(tested, (std::map<std::string, int>{{"few", 2}, {"many", 8}})) << seed;
  }
}

TEST(Dex, HoldsOutGroupsWhole) {
  const MadeMaterial made({{"ctrl"}, {"a1"}, {"a2"}, {"b1"}, {"b2"}, {"c"}, {"a1+b1"}});
  const splits::Groups groups{{"a1", "a"}, {"a2", "a"}, {"b1", "b"}, {"b2", "b"}};
  const auto manifest = split("dex", made, {.val = 0.0, .hold_out = {"a"}, .groups = groups});
  EXPECT_EQ(part_of(manifest, "a1"), Part::kTest);
  EXPECT_EQ(part_of(manifest, "a2"), Part::kTest);
  EXPECT_EQ(part_of(manifest, "c"), Part::kTrain);
  EXPECT_EQ(part_of(manifest, "a1+b1"), Part::kExcluded);
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
    const auto drawn = split("dex", made, {.seed = seed, .test = 0.3, .groups = groups});
    EXPECT_EQ(part_of(drawn, "b1"), part_of(drawn, "b2"));
    EXPECT_EQ(part_of(drawn, "a1"), part_of(drawn, "a2"));
  }
}

TEST(Dex, HoldsOutEveryDose) {
  std::vector<MadeCells> groups{{"ctrl"}};
  for (const auto* drug : {"a", "b", "c", "d"}) {
    for (const auto* dose : {"0.1", "1.0", "10"}) groups.push_back({.label = drug, .dose = dose});
  }
  const MadeMaterial made(groups);
  const auto manifest = split("dex", made, {.val = 0.0, .hold_out = {"b"}});
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    const auto& members = manifest.conditions[i].members;
    if (members.empty()) continue;
    EXPECT_EQ(manifest.folds[0].part[i], members[0] == "b" ? Part::kTest : Part::kTrain);
  }
}

}  // namespace
}  // namespace cupel::test
