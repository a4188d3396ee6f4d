#include "splits/combinations.hpp"

#include <set>

#include "splits/made_material.hpp"

namespace cupel::test {
namespace {

using splits::Part;

TEST(Combinations, AreOfExactClasses) {
  // Row 23 of the feature table: a, b trained, c, d not.
  const MadeMaterial made({{"ctrl"},
                           {"a"},
                           {"b"},
                           {"c"},
                           {"d"},
                           {"e"},
                           {"a+b"},
                           {"c+a"},
                           {"d+c"},
                           {"a+b+c"},
                           {"e+c"},
                           {"e+a"},
                           {"a+x"}});
  const auto manifest = split("combo", made, {.hold_out = {"c", "d"}, .validate = {"e"}});
  EXPECT_EQ(part_of(manifest, "a"), Part::kTrain);
  EXPECT_EQ(task_of(manifest, "c"), "unseen_single");
  EXPECT_EQ(task_of(manifest, "a+c"), "combo_seen1");
  EXPECT_EQ(task_of(manifest, "c+d"), "combo_seen0");
  EXPECT_EQ(task_of(manifest, "a+b+c"), "combo3_seen2");
  EXPECT_EQ(task_of(manifest, "a+x"), "combo_seen1");    // x was never measured alone
  EXPECT_EQ(part_of(manifest, "c+e"), Part::kExcluded);  // e validates: neither seen nor unseen
  EXPECT_EQ(part_of(manifest, "a+e"), Part::kVal);
  EXPECT_EQ(part_of(manifest, "a+b"), Part::kTrain);  // the only one of its class
}

// Against a count of trained members that knows nothing of the generator.
TEST(Combinations, OfAClassHaveThatManyTrainedMembers) {
  const MadeMaterial made(pairs_screen());
  std::set<std::string> classes;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto manifest = split("combo", made, {.seed = seed, .test = 0.3});
    const auto& fold = manifest.folds[0];
    std::set<std::string> trained;
    for (std::size_t i = 0; i < fold.part.size(); ++i) {
      if (fold.part[i] != Part::kTrain && fold.part[i] != Part::kVal) continue;
      trained.insert(manifest.conditions[i].members.begin(), manifest.conditions[i].members.end());
    }
    for (std::size_t i = 0; i < fold.part.size(); ++i) {
      if (fold.part[i] != Part::kTest) continue;
      const auto& members = manifest.conditions[i].members;
      int seen = 0;
      for (const auto& member : members) seen += trained.contains(member) ? 1 : 0;
      classes.insert(fold.task[i]);
      if (members.size() == 1) {
        EXPECT_EQ(seen, 0) << members[0];
      } else {
        EXPECT_EQ(fold.task[i], "combo_seen" + std::to_string(seen));
      }
    }
  }
  EXPECT_EQ(classes,
            (std::set<std::string>{"combo_seen0", "combo_seen1", "combo_seen2", "unseen_single"}));
}

TEST(Combinations, ClaimByClass) {
  const MadeMaterial made(pairs_screen());
  const auto manifest = split("combo", made, {.hold_out = {"A", "B"}});
  std::map<std::string, std::string> claims;
  for (const auto& promise : manifest.promises) claims[promise.task] = text_of(promise.claim);
  EXPECT_EQ(claims,
            (std::map<std::string, std::string>{
                {"combo_seen0", "seen context, combinations of unseen perturbations"},
                {"combo_seen1", "seen context, combinations of seen and unseen perturbations"},
                {"combo_seen2", "seen context, unseen combinations of seen perturbations"},
                {"unseen_single", "seen context, unseen perturbations"}}));
}

TEST(Combinations, MayLeaveEverySingleInTrain) {
  const MadeMaterial made(pairs_screen());
  const auto manifest = split("combo", made, {.test = 0.5, .val = 0.0, .mode = "combine"});
  int tested = 0;
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    const auto& members = manifest.conditions[i].members;
    if (members.size() == 1) {
      EXPECT_EQ(manifest.folds[0].part[i], Part::kTrain);
    }
    if (manifest.folds[0].part[i] == Part::kTest) ++tested;
  }
  EXPECT_EQ(tested, 8);
  EXPECT_EQ(splits::claim_text(manifest),
            "seen context, unseen combinations of seen perturbations");
}

TEST(Combinations, MayTestSinglesWhoseCombinationsTrain) {
  const MadeMaterial made(pairs_screen());
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto manifest =
        split("combo", made, {.seed = seed, .test = 0.5, .mode = "combine-inverse"});
    std::set<std::string> held;
    for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
      const auto& members = manifest.conditions[i].members;
      if (members.size() == 2) {
        EXPECT_EQ(manifest.folds[0].part[i], Part::kTrain);
      }
      if (members.size() == 1 && manifest.folds[0].part[i] != Part::kTrain) held.insert(members[0]);
    }
    EXPECT_GT(held.size(), 1U);
    for (const auto& condition : manifest.conditions) {
      if (condition.members.size() != 2) continue;
      EXPECT_FALSE(held.contains(condition.members[0]) && held.contains(condition.members[1]))
          << describe(condition);
    }
    EXPECT_EQ(splits::claim_text(manifest),
              "seen context, perturbations seen only within combinations");
  }
}

TEST(Gears, SplitsAScreenAsItsRecipeDoes) {
  const MadeMaterial made(pairs_screen());
  const auto manifest = split("gears", made, {.seed = 1, .test = 0.25});
  // Vector S05.
  for (const auto* name : {"A+B", "A+C", "A+L", "A", "B", "K+L"}) {
    EXPECT_EQ(part_of(manifest, name), Part::kTrain) << name;
  }
  EXPECT_EQ(part_of(manifest, "G"), Part::kVal);
  EXPECT_EQ(task_of(manifest, "B+K"), "combo_seen2");
  EXPECT_EQ(part_of(manifest, "B+K"), Part::kVal);
  EXPECT_EQ(task_of(manifest, "C+E"), "combo_seen2");
  EXPECT_EQ(task_of(manifest, "J+L"), "combo_seen1");
  EXPECT_EQ(task_of(manifest, "F"), "unseen_single");
  EXPECT_EQ(manifest.random, "numpy RandomState (MT19937)");
  const MadeMaterial triple({{"ctrl"}, {"A"}, {"B"}, {"A+B+C"}});
  EXPECT_EQ(error_of([&] { (void)split("gears", triple); }),
            "gears: 'A+B+C' has more than two members, which GEARS does not split");
}

}  // namespace
}  // namespace cupel::test
