// Splits of more than one axis, and of axes other than perturbation and context.
#include <set>

#include "splits/linkage.hpp"
#include "splits/made_material.hpp"

namespace cupel::test {
namespace {

using splits::Part;

// Row 24 of the feature table: a grid of 5 contexts and 4 perturbations.
TEST(Aex, BlocksObeyTheirDefinitionAndAreEverything) {
  const MadeMaterial made(grid(5, 4));
  const auto manifest =
      split("aex", made,
            {.test = 0.2, .val = 0.0, .hold_out = {"c0", "c3"}, .hold_out_perturbations = {"g01"}});
  std::map<std::string, int> blocks;
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    const auto& condition = manifest.conditions[i];
    if (is_control(condition)) continue;
    const bool new_context = condition.context == "c0" || condition.context == "c3";
    const bool new_perturbation = condition.members[0] == "g01";
    const auto part = manifest.folds[0].part[i];
    const auto task = part == Part::kTrain ? "train" : manifest.folds[0].task[i];
    ++blocks[task];
    EXPECT_EQ(task == "aex", new_context && new_perturbation);
    EXPECT_EQ(task == "cex", new_context && !new_perturbation);
    EXPECT_EQ(task == "gex", !new_context && new_perturbation);
  }
  EXPECT_EQ(blocks, (std::map<std::string, int>{
                        {"aex", 2}, {"cex", 6}, {"gex", 3}, {"rnd", 1}, {"train", 8}}));
  EXPECT_EQ(splits::claim_text(manifest),
            "aex: unseen context, unseen perturbations; cex: unseen context, seen perturbations; "
            "gex: seen context, unseen perturbations; rnd: seen context (up to 2 trained "
            "perturbations), seen perturbations");
}

TEST(Aex, JointLeavesTheHalfNewOut) {
  const MadeMaterial made(grid(3, 4));
  const auto manifest =
      split("aex", made,
            {.val = 0.0, .hold_out = {"c0"}, .hold_out_perturbations = {"g01"}, .mode = "joint"});
  EXPECT_EQ(part_of(manifest, "g01", "c0"), Part::kTest);
  EXPECT_EQ(part_of(manifest, "g00", "c0"), Part::kExcluded);
  EXPECT_EQ(part_of(manifest, "g01", "c1"), Part::kExcluded);
  EXPECT_EQ(part_of(manifest, "g00", "c1"), Part::kTrain);
  EXPECT_EQ(splits::claim_text(manifest), "unseen context, unseen perturbations");
}

TEST(FewShot, BudgetsNestAndShareTheirTest) {
  const MadeMaterial made(grid(3, 30));
  const auto manifest =
      split("few-shot", made, {.val = 0.1, .hold_out = {"c1"}, .budgets = {10, 0, 5}});
  ASSERT_EQ(manifest.folds.size(), 3U);
  std::vector<std::set<std::string>> trained(3);
  std::set<std::string> tested[3];
  for (std::size_t f = 0; f < 3; ++f) {
    for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
      const auto& condition = manifest.conditions[i];
      if (is_control(condition)) continue;
      const auto part = manifest.folds[f].part[i];
      if (condition.context != "c1") {
        EXPECT_EQ(part, Part::kTrain);
        continue;
      }
      if (part == Part::kTrain) trained[f].insert(condition.members[0]);
      if (part == Part::kTest) tested[f].insert(condition.members[0]);
    }
  }
  // Row 25: k = 10 is exactly 10 perturbations of the target context in train.
  EXPECT_EQ(trained[0].size(), 0U);
  EXPECT_EQ(trained[1].size(), 5U);
  EXPECT_EQ(trained[2].size(), 10U);
  EXPECT_TRUE(std::ranges::includes(trained[2], trained[1]));
  EXPECT_EQ(tested[0].size(), 17U);  // 30 less 10 shots and 3 of val
  EXPECT_EQ(tested[0], tested[1]);
  EXPECT_EQ(tested[0], tested[2]);
  EXPECT_EQ(splits::claim_text(manifest),
            "0 shots: unseen context, seen perturbations; 5 shots: seen context (up to 8 trained "
            "perturbations), seen perturbations; 10 shots: seen context (up to 13 trained "
            "perturbations), seen perturbations");
  // A budget that is drawn alone has the same shots.
  const auto alone = split("few-shot", made, {.val = 0.0, .hold_out = {"c1"}, .budgets = {5}});
  for (const auto& name : trained[1]) EXPECT_EQ(part_of(alone, name, "c1"), Part::kTrain);
  EXPECT_EQ(error_of([&] { (void)split("few-shot", made, {.val = 0.1, .budgets = {27}}); }),
            "few-shot: context 'c0' has 30 perturbations: a budget of 27 leaves nothing to test; "
            "lower --budget or --val");
}

TEST(Transfer, HoldsOutOnePairOfAPerturbation) {
  const MadeMaterial made(grid(4, 40));
  const auto manifest = split("transfer", made, {.test = 0.15, .val = 0.15});
  std::map<std::string, int> held;
  std::map<std::string, int> tested;
  std::map<std::string, int> validated;
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    const auto& condition = manifest.conditions[i];
    const auto part = manifest.folds[0].part[i];
    if (part == Part::kTest || part == Part::kVal) ++held[condition.members[0]];
    if (part == Part::kTest) ++tested[condition.context];
    if (part == Part::kVal) ++validated[condition.context];
  }
  for (const auto& [name, count] : held) EXPECT_EQ(count, 1) << name;
  EXPECT_EQ(held.size(), 40U);  // 4 contexts take 12 each at most
  for (const auto& [context, count] : tested) {
    EXPECT_LE(count + validated[context], 12) << context;
    EXPECT_LE(std::abs(count - validated[context]), 1) << context;
  }
  EXPECT_TRUE(splits::claim_text(manifest).starts_with("seen context (up to "));
}

std::vector<MadeCells> doses_screen() {
  std::vector<MadeCells> groups{{"ctrl"}};
  for (const auto* drug : {"a", "b", "c", "d"}) {
    for (const auto* dose : {"0.1", "1", "10", "100"})
      groups.push_back({.label = drug, .dose = dose});
  }
  groups.push_back({.label = "one", .dose = "5"});
  groups.push_back({.label = "two", .dose = "5"});
  groups.push_back({.label = "two", .dose = "50"});
  return groups;
}

// Doses of each drug that are tested.
std::map<std::string, std::set<std::string>> tested_doses(const splits::Manifest& manifest) {
  std::map<std::string, std::set<std::string>> doses;
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    const auto& condition = manifest.conditions[i];
    if (manifest.folds[0].part[i] == Part::kTest)
      doses[condition.members[0]].insert(condition.doses[0]);
  }
  return doses;
}

TEST(Dose, IsHeldOutInsideAboveOrBelow) {
  using Doses = std::map<std::string, std::set<std::string>>;
  const MadeMaterial made(doses_screen());
  const auto above = split("dose", made, {.val = 0.0, .mode = "above"});
  EXPECT_EQ(
      tested_doses(above),
      (Doses{{"a", {"100"}}, {"b", {"100"}}, {"c", {"100"}}, {"d", {"100"}}, {"two", {"50"}}}));
  const auto below = split("dose", made, {.val = 0.0, .mode = "below"});
  EXPECT_EQ(
      tested_doses(below),
      (Doses{{"a", {"0.1"}}, {"b", {"0.1"}}, {"c", {"0.1"}}, {"d", {"0.1"}}, {"two", {"5"}}}));
  const auto inside = split("dose", made, {.val = 0.0});
  const auto inner = tested_doses(inside);
  EXPECT_EQ(inner.size(), 4U);
  for (const auto& [drug, doses] : inner) {
    ASSERT_EQ(doses.size(), 1U);
    EXPECT_TRUE(*doses.begin() == "1" || *doses.begin() == "10") << drug;
  }
  EXPECT_EQ(splits::claim_text(inside), "seen context, unseen doses of seen perturbations");
}

// Members that are dosed by themselves have a ladder each, whatever the order in which labels name
// them.
TEST(Dose, OfEachMemberOfACombination) {
  std::vector<MadeCells> groups{{"ctrl"}};
  for (const auto* a : {"1", "2", "4"}) {
    for (const auto* b : {"10", "30", "90"}) {
      groups.push_back({.label = "B+A", .dose = std::string(b) + "+" + a});
    }
  }
  groups.push_back({.label = "A+C", .dose = "1+2"});  // no dose would be left to train on
  groups.push_back({.label = "A+C", .dose = "2+1"});
  groups.push_back({.label = "A+D", .dose = "1"});  // in step
  groups.push_back({.label = "A+D", .dose = "2"});
  const MadeMaterial made(groups);
  const auto tested = [&](const std::string& mode) {
    const auto manifest = split("dose", made, {.val = 0.0, .mode = mode});
    std::map<std::string, std::set<std::string>> doses;
    for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
      const auto& condition = manifest.conditions[i];
      if (manifest.folds[0].part[i] != Part::kTest) continue;
      doses[canonical_name(condition.members)].insert(condition.doses[0] + "/" +
                                                      condition.doses[1]);
    }
    if (mode == "inside") {
      EXPECT_EQ(splits::claim_text(manifest), "seen context, unseen doses of seen perturbations");
    }
    return doses;
  };
  using Doses = std::map<std::string, std::set<std::string>>;
  EXPECT_EQ(tested("inside"), (Doses{{"A+B", {"2/10", "2/30", "2/90", "1/30", "4/30"}}}));
  const Doses above{
      {"A+B", {"4/10", "4/30", "4/90", "1/90", "2/90"}}, {"A+C", {"2/1"}}, {"A+D", {"2/2"}}};
  EXPECT_EQ(tested("above"), above);
  EXPECT_EQ(tested("below").at("A+B"),
            (std::set<std::string>{"1/10", "1/30", "1/90", "2/10", "4/10"}));
}

TEST(Dose, RefusesWhatIsNoLadder) {
  const MadeMaterial none(grid(1, 3));
  EXPECT_EQ(error_of([&] { (void)split("dose", none); }),
            "dose: the conditions have no doses; give --dose-col or --tuples");
  const MadeMaterial words({{"ctrl"}, {.label = "a", .dose = "low"}});
  EXPECT_NE(error_of([&] { (void)split("dose", words); }).find("is no number"), std::string::npos);
  const MadeMaterial units(
      {{"ctrl"}, {.label = "a", .dose = "1nM"}, {.label = "a", .dose = "1uM"}});
  EXPECT_NE(error_of([&] { (void)split("dose", units); }).find("bring them to one unit"),
            std::string::npos);
  const MadeMaterial two({{"ctrl"}, {.label = "a", .dose = "1"}, {.label = "a", .dose = "2"}});
  EXPECT_EQ(error_of([&] { (void)split("dose", two); }),
            "dose: no perturbation has 3 doses or more, which 'inside' needs");
}

TEST(CrossDataset, TestsSharedAndNewApart) {
  std::vector<MadeCells> groups;
  for (const auto* set : {"s", "t"}) {
    groups.push_back({.label = "ctrl", .context = "K562", .dataset = set});
    for (const auto* label : {"A", "B", "C"}) {
      groups.push_back({.label = label, .context = "K562", .dataset = set});
    }
    for (int k = 0; k < 6; ++k) {
      groups.push_back(
          {.label = std::string(set) + std::to_string(k), .context = "K562", .dataset = set});
    }
  }
  const MadeMaterial made(groups);
  const auto manifest = split("cross-dataset", made, {.val = 0.3, .hold_out = {"t"}});
  std::map<std::string, int> count;
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    const auto& condition = manifest.conditions[i];
    if (is_control(condition)) continue;
    if (condition.dataset == "t") {
      EXPECT_EQ(manifest.folds[0].part[i], Part::kTest);
      EXPECT_EQ(manifest.folds[0].task[i], condition.members[0][0] == 't' ? "new" : "shared");
    } else {
      ++count[std::string(part_name(manifest.folds[0].part[i]))];
    }
  }
  EXPECT_EQ(count, (std::map<std::string, int>{{"train", 7}, {"val", 2}}));
  EXPECT_EQ(splits::claim_text(manifest),
            "new: unseen dataset, seen context, unseen perturbations; shared: unseen dataset, seen "
            "context (up to 9 trained perturbations), seen perturbations");
}

TEST(Batches, HoldsOutWholeReplicates) {
  std::vector<MadeCells> groups;
  for (const auto* batch : {"b1", "b2", "b3", "b4"}) {
    groups.push_back({.label = "ctrl", .batch = batch});
    for (const auto* label : {"A", "B"}) groups.push_back({.label = label, .batch = batch});
  }
  const MadeMaterial made(groups);
  const auto manifest = split("batches", made, {.hold_out = {"b2"}, .validate = {"b4"}});
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    const auto& condition = manifest.conditions[i];
    if (is_control(condition)) continue;
    EXPECT_EQ(manifest.folds[0].part[i], condition.batch == "b2"   ? Part::kTest
                                         : condition.batch == "b4" ? Part::kVal
                                                                   : Part::kTrain);
  }
  EXPECT_EQ(splits::claim_text(manifest), "seen conditions in unseen batches");
  groups.erase(groups.begin() + 3);  // b2's controls
  const MadeMaterial bare(groups);
  EXPECT_EQ(error_of([&] { (void)split("batches", bare, {.hold_out = {"b2"}}); }),
            "batches: batch 'b2' is to be tested and has no control cells");
}

TEST(Batches, BalancedPartsHaveTheContextsMix) {
  const MadeMaterial made({{.label = "ctrl", .batch = "x"},
                           {.label = "A", .cells = 30, .batch = "x"},
                           {.label = "A", .cells = 10, .batch = "y"}});
  const auto manifest = split("batches", made, {.test = 0.2, .val = 0.1, .mode = "balanced"});
  std::map<std::pair<std::string, std::string>, int> count;
  for (const auto& cell : manifest.folds[0].cells) {
    const auto& batch = manifest.conditions[static_cast<std::size_t>(cell.condition)].batch;
    ++count[{batch, std::string(part_name(cell.part))}];
  }
  EXPECT_EQ(count, (std::map<std::pair<std::string, std::string>, int>{{{"x", "test"}, 6},
                                                                       {{"x", "train"}, 21},
                                                                       {{"x", "val"}, 3},
                                                                       {{"y", "test"}, 2},
                                                                       {{"y", "train"}, 7},
                                                                       {{"y", "val"}, 1}}));
}

// Row 21: three planted clusters of lines, one whole cluster out each time.
TEST(ContextClusters, HoldOutWholeClades) {
  MadeMaterial made(grid(9, 3));
  for (std::size_t c = 0; c < 9; ++c) {
    const double centre = 100.0 * static_cast<double>(c % 3);
    made.profiles.values[c] = {centre + static_cast<double>(c) * 0.1, -centre};
  }
  for (const auto* linkage : {"average", "complete", "single", "ward"}) {
    const auto manifest = split("context-clusters", made, {.clusters = 3, .linkage = linkage});
    ASSERT_EQ(manifest.folds.size(), 3U);
    EXPECT_EQ(manifest.folds[0].name, "c0,c3,c6");
    EXPECT_EQ(manifest.folds[1].name, "c1,c4,c7");
    for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
      const auto& condition = manifest.conditions[i];
      if (is_control(condition)) continue;
      const bool first = (condition.context[1] - '0') % 3 == 0;
      EXPECT_EQ(manifest.folds[0].part[i], first ? Part::kTest : Part::kTrain);
    }
    EXPECT_EQ(splits::claim_text(manifest), "unseen context, seen perturbations");
  }
  EXPECT_EQ(split("context-clusters", made, {.mode = "one"}).folds.size(), 1U);
  made.profiles.contexts[4] = "elsewhere";
  EXPECT_EQ(error_of([&] { (void)split("context-clusters", made); }),
            "context-clusters: context 'c4' has no profile");
  EXPECT_EQ(error_of([&] { (void)split("context-clusters", made, {.clusters = 10}); }),
            "context-clusters: 9 contexts cannot be cut into 10 clusters of which one is held out; "
            "see --clusters");
}

// Distances of clusters from their points, at every merge.
std::vector<std::int32_t> slow_clades(const std::vector<std::vector<double>>& points, std::size_t k,
                                      splits::Linkage linkage) {
  std::vector<std::vector<std::size_t>> clusters;
  for (std::size_t i = 0; i < points.size(); ++i) clusters.push_back({i});
  const auto squared = [&](const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t d = 0; d < a.size(); ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
    return sum;
  };
  const auto mean = [&](const std::vector<std::size_t>& cluster) {
    std::vector<double> sum(points[0].size());
    for (const auto i : cluster) {
      for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += points[i][d];
    }
    for (auto& value : sum) value /= static_cast<double>(cluster.size());
    return sum;
  };
  const auto between = [&](const auto& a, const auto& b) {
    if (linkage == splits::Linkage::kWard) {
      const auto n = static_cast<double>(a.size());
      const auto m = static_cast<double>(b.size());
      return std::sqrt(2.0 * n * m / (n + m) * squared(mean(a), mean(b)));
    }
    double sum = 0.0;
    double least = 1e300;
    double most = 0.0;
    for (const auto i : a) {
      for (const auto j : b) {
        const double d = std::sqrt(squared(points[i], points[j]));
        sum += d;
        least = std::min(least, d);
        most = std::max(most, d);
      }
    }
    if (linkage == splits::Linkage::kSingle) return least;
    if (linkage == splits::Linkage::kComplete) return most;
    return sum / static_cast<double>(a.size() * b.size());
  };
  while (clusters.size() > k) {
    std::size_t x = 0;
    std::size_t y = 1;
    for (std::size_t i = 0; i < clusters.size(); ++i) {
      for (std::size_t j = i + 1; j < clusters.size(); ++j) {
        if (between(clusters[i], clusters[j]) < between(clusters[x], clusters[y])) {
          x = i;
          y = j;
        }
      }
    }
    clusters[x].insert(clusters[x].end(), clusters[y].begin(), clusters[y].end());
    clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(y));
  }
  std::vector<std::int32_t> numbers(points.size());
  for (std::size_t c = 0; c < clusters.size(); ++c) {
    for (const auto i : clusters[c]) numbers[i] = static_cast<std::int32_t>(c);
  }
  return numbers;
}

TEST(Linkage, IsThatOfItsDefinition) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  std::set<std::vector<std::int32_t>> seen;
  for (int turn = 0; turn < 20; ++turn) {
    std::vector<std::vector<double>> points(12, std::vector<double>(3));
    for (auto& point : points) {
      for (auto& value : point) value = normal(random);
    }
    for (const auto linkage : {splits::Linkage::kAverage, splits::Linkage::kComplete,
                               splits::Linkage::kSingle, splits::Linkage::kWard}) {
      const auto clades = splits::cut_clades(points, 4, linkage);
      EXPECT_EQ(clades, slow_clades(points, 4, linkage));
      seen.insert(clades);
    }
  }
  EXPECT_GT(seen.size(), 40U);  // the linkages differ
  EXPECT_EQ(splits::cut_clades({{1.0}, {2.0}}, 2, splits::Linkage::kWard),
            (std::vector<std::int32_t>{0, 1}));
  EXPECT_NE(error_of([] { (void)splits::parse_linkage("mean"); }, ErrorKind::kUsage), "");
}

}  // namespace
}  // namespace cupel::test
