#include "splits/draw.hpp"
#include "splits/made_material.hpp"

namespace cupel::test {
namespace {

using splits::Part;

TEST(Kfold, TestsEveryConditionOnce) {
  const MadeMaterial made(grid(2, 13));
  const auto manifest = split("kfold", made, {.val = 0.1375, .folds = 5, .repeats = 3});
  ASSERT_EQ(manifest.folds.size(), 15U);
  for (std::size_t repeat = 0; repeat < 3; ++repeat) {
    std::vector<int> tested(manifest.conditions.size());
    for (std::size_t fold = 0; fold < 5; ++fold) {
      const auto& parts = manifest.folds[5 * repeat + fold].part;
      const auto count = [&](Part part) { return std::ranges::count(parts, part); };
      EXPECT_EQ(count(Part::kTest), fold == 0 ? 6 : 5);
      EXPECT_EQ(count(Part::kVal), fold == 0 ? 2 : 2);  // floor(0.1375 * 20), floor(0.1375 * 21)
      for (std::size_t i = 0; i < parts.size(); ++i) tested[i] += parts[i] == Part::kTest ? 1 : 0;
    }
    for (std::size_t i = 0; i < tested.size(); ++i) {
      EXPECT_EQ(tested[i], is_control(manifest.conditions[i]) ? 0 : 1);
    }
  }
  EXPECT_NE(manifest.folds[0].part, manifest.folds[5].part);
  EXPECT_EQ(manifest.folds[6].name, "1.1");
}

TEST(Kfold, OfPerturbationsKeepsContextsTogether) {
  const MadeMaterial made(grid(3, 7));
  const auto manifest = split("kfold", made, {.unit = "perturbation", .folds = 7});
  for (std::size_t fold = 0; fold < 7; ++fold) {
    EXPECT_EQ(std::ranges::count(manifest.folds[fold].part, Part::kTest), 3);
  }
  EXPECT_EQ(splits::claim_text(manifest), "seen context, unseen perturbations");
  EXPECT_EQ(splits::claim_text(split("kfold", made, {.folds = 3})),
            "seen context (up to 6 trained perturbations), seen perturbations");
}

TEST(Draw, DependsOnSeedPurposeAndNumber) {
  const auto drawn = [](std::uint64_t seed, std::string_view purpose, std::uint32_t number) {
    std::vector<int> items{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    splits::Draw(seed, purpose, number).shuffle(std::span(items));
    return items;
  };
  EXPECT_EQ(drawn(1, "a", 0), drawn(1, "a", 0));
  EXPECT_NE(drawn(1, "a", 0), drawn(2, "a", 0));
  EXPECT_NE(drawn(1, "a", 0), drawn(1, "b", 0));
  EXPECT_NE(drawn(1, "a", 0), drawn(1, "a", 1));
  // The stream that manifests name: a change of it is a change of every split. FNV-1a's own test.
  EXPECT_EQ(splits::Draw::hash_of("foobar"), 0x85944171f73967e8ULL);
}

// Each item is as likely in each place: chi-square of 6000 draws, 25 degrees of freedom.
TEST(Draw, IsFair) {
  std::vector<std::vector<int>> counts(6, std::vector<int>(6));
  for (std::uint32_t k = 0; k < 6000; ++k) {
    std::vector<int> items{0, 1, 2, 3, 4, 5};
    splits::Draw(7, "fair", k).shuffle(std::span(items));
    for (std::size_t i = 0; i < 6; ++i) ++counts[i][static_cast<std::size_t>(items[i])];
  }
  double chi2 = 0.0;
  for (const auto& row : counts) {
    for (const auto count : row) chi2 += (count - 1000.0) * (count - 1000.0) / 1000.0;
  }
  EXPECT_LT(chi2, 52.6);  // p = 0.001
  EXPECT_GT(chi2, 8.6);   // and not too even
}

TEST(Draw, SharesOutByLargestRemainder) {
  using Sizes = std::vector<std::int64_t>;
  EXPECT_EQ(splits::shared_out(Sizes{10, 40}, 10), (Sizes{2, 8}));
  EXPECT_EQ(splits::shared_out(Sizes{1, 1, 1}, 2), (Sizes{1, 1, 0}));
  EXPECT_EQ(splits::shared_out(Sizes{5, 3, 2}, 4), (Sizes{2, 1, 1}));  // 2.0, 1.2, 0.8
  EXPECT_EQ(splits::shared_out(Sizes{0, 3}, 3), (Sizes{0, 3}));
  EXPECT_EQ(splits::shared_out(Sizes{0, 0}, 0), (Sizes{0, 0}));
  EXPECT_EQ(splits::shared_out(Sizes{}, 0), Sizes{});
}

}  // namespace
}  // namespace cupel::test
