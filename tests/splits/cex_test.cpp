#include "splits/made_material.hpp"

namespace cupel::test {
namespace {

using splits::Part;

TEST(Cex, LeavesEachContextOutInTurn) {
  const MadeMaterial made(grid(3, 10));
  const auto manifest = split("cex", made, {.val = 0.2});
  ASSERT_EQ(manifest.folds.size(), 3U);
  for (std::size_t fold = 0; fold < 3; ++fold) {
    const auto held = "c" + std::to_string(fold);
    EXPECT_EQ(manifest.folds[fold].name, held);
    int val = 0;
    for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
      const auto& condition = manifest.conditions[i];
      if (is_control(condition)) continue;
      const auto part = manifest.folds[fold].part[i];
      EXPECT_EQ(part == Part::kTest, condition.context == held);
      val += part == Part::kVal ? 1 : 0;
    }
    EXPECT_EQ(val, 4);  // two perturbations in each of two contexts
  }
  EXPECT_EQ(splits::claim_text(manifest), "unseen context, seen perturbations");
}

TEST(Cex, TakesContextsByName) {
  const MadeMaterial made(grid(4, 5));
  const auto manifest =
      split("cex", made, {.hold_out = {"c1", "c3"}, .validate = {"c0"}, .hide_controls = true});
  ASSERT_EQ(manifest.folds.size(), 1U);
  EXPECT_EQ(manifest.folds[0].name, "c1,c3");
  EXPECT_EQ(part_of(manifest, "g00", "c0"), Part::kVal);
  EXPECT_EQ(part_of(manifest, "g00", "c1"), Part::kTest);
  EXPECT_EQ(part_of(manifest, "g00", "c2"), Part::kTrain);
  EXPECT_EQ(part_of(manifest, "control", "c0"), Part::kVal);
  EXPECT_EQ(part_of(manifest, "control", "c1"), Part::kTest);
  EXPECT_EQ(part_of(manifest, "control", "c2"), Part::kEvery);
  EXPECT_EQ(splits::claim_text(manifest),
            "unseen context without its controls, seen perturbations");
}

TEST(Cex, ClaimsUnseenPerturbationsOnlyWhenAllAre) {
  // c1 has the same perturbation as c0 and one of its own.
  const MadeMaterial made(
      {{"ctrl", "c0"}, {"A", "c0"}, {"B", "c0"}, {"ctrl", "c1"}, {"A", "c1"}, {"X", "c1"}});
  EXPECT_EQ(splits::claim_text(split("cex", made, {.val = 0.0, .hold_out = {"c1"}})),
            "unseen context, seen perturbations");
  const MadeMaterial apart({{"ctrl", "c0"}, {"A", "c0"}, {"B", "c0"}, {"ctrl", "c1"}, {"X", "c1"}});
  EXPECT_EQ(splits::claim_text(split("cex", apart, {.val = 0.0, .hold_out = {"c1"}})),
            "unseen context, unseen perturbations");
}

}  // namespace
}  // namespace cupel::test
