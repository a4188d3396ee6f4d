// A manifest that contradicts itself is refused, whoever wrote it.
#include "splits/made_material.hpp"

#include "report/split_manifest.hpp"

namespace cupel::test {
namespace {

using splits::check_manifest;
using splits::Key;
using splits::Manifest;
using splits::Part;

class ManifestRefusal : public ::testing::Test {
 protected:
  // Of each context c0, c1: g00 tested, the rest trained.
  const MadeMaterial made{grid(2, 4)};
  Manifest manifest = split("gex", made, {.val = 0.0, .hold_out = {"g00"}});

  [[nodiscard]] std::string refusal() const {
    return error_of([&] { check_manifest(manifest); });
  }
  std::size_t index(const std::string& name, const std::string& context) {
    for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
      if (manifest.conditions[i].context == context &&
          canonical_name(manifest.conditions[i].members) == name) {
        return i;
      }
    }
    return 0;
  }
};

TEST_F(ManifestRefusal, IsNoneOfAGoodOne) { EXPECT_EQ(refusal(), ""); }

TEST_F(ManifestRefusal, OfATestPerturbationThatTrainsElsewhere) {
  const auto at = index("g00", "c1");
  manifest.folds[0].part[at] = Part::kTrain;
  manifest.folds[0].task[at].clear();
  EXPECT_EQ(
      refusal(),
      "split, fold 'all': test and train overlap by perturbation: c0: g00 (c0: g00) is trained "
      "too");
  manifest.folds[0].part[at] = Part::kVal;
  EXPECT_NE(refusal().find("overlap by perturbation"), std::string::npos);
  manifest.folds[0].part[at] = Part::kExcluded;
  EXPECT_EQ(refusal(), "");
  manifest.folds[0].part[at] = Part::kTrain;
  manifest.promises[0].disjoint_by.clear();  // then its claim is what it does not hold
  EXPECT_NE(refusal().find("claims unseen perturbations, which this split does not support"),
            std::string::npos);
}

TEST_F(ManifestRefusal, OfAMemberThatTrainsInACombination) {
  const MadeMaterial pairs({{"ctrl"}, {"A"}, {"B"}, {"C"}, {"A+B"}});
  manifest = split("gex", pairs, {.val = 0.0, .hold_out = {"A"}});
  EXPECT_EQ(part_of(manifest, "A+B"), Part::kExcluded);
  manifest.folds[0].part[index("A+B", "c")] = Part::kTrain;
  EXPECT_EQ(refusal(),
            "split, fold 'all': test and train overlap by member: A (c: A) is trained too");
}

TEST_F(ManifestRefusal, OfAClaimThatIsTooStrong) {
  manifest.promises[0].claim.unseen_context = true;
  EXPECT_EQ(refusal(),
            "split, fold 'all': task 'gex' claims an unseen context, which this split does not "
            "support");
}

TEST_F(ManifestRefusal, OfATaskWithoutPromise) {
  manifest.folds[0].task[index("g00", "c0")] = "aex";
  EXPECT_EQ(refusal(), "split, fold 'all': c0: g00 is tested as 'aex', which promises nothing");
}

TEST_F(ManifestRefusal, OfNothingToTestOrToTrain) {
  for (auto& part : manifest.folds[0].part) {
    if (part == Part::kTest) part = Part::kUnused;
  }
  EXPECT_EQ(refusal(), "split, fold 'all': nothing is left to test");
  for (auto& part : manifest.folds[0].part) part = Part::kUnused;
  EXPECT_EQ(refusal(), "split, fold 'all': nothing is left to train on");
  manifest.folds.clear();
  EXPECT_EQ(refusal(), "split: it has no fold");
}

TEST_F(ManifestRefusal, OfCellsThatAreTwiceOrNowhere) {
  manifest = split("random-cells", made);
  auto& cells = manifest.folds[0].cells;
  cells.insert(cells.begin() + 1, cells.front());
  cells[1].part = Part::kVal;
  std::ranges::sort(cells);
  EXPECT_NE(refusal().find("is there twice"), std::string::npos);
  manifest = split("random-cells", made);
  manifest.folds[0].cells.front().condition = static_cast<std::int32_t>(index("control", "c0"));
  EXPECT_NE(refusal().find("is of a condition that is not divided"), std::string::npos);
}

TEST_F(ManifestRefusal, OfConditionsThatAreTwice) {
  manifest.conditions[1] = manifest.conditions[2];
  EXPECT_EQ(refusal(), "split: its conditions are not sorted, or one is there twice");
}

class SplitJson : public ManifestRefusal {
 protected:
  [[nodiscard]] std::string refusal_with(const std::string& from, const std::string& to) const {
    auto text = split_json(manifest);
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from << " in " << text;
    text.replace(at, from.size(), to);
    return error_of([&] { (void)parse_split(text, "s.json"); });
  }
};

TEST_F(SplitJson, RefusesWhatWasEdited) {
  EXPECT_EQ(
      refusal_with("[\"g00\"]", "[\"g0x\"]"),
      "s.json: \"conditions_sha256\" is not the hash of what it holds: it was edited; make it "
      "anew");
  EXPECT_NE(refusal_with("\"unseen_context\": false", "\"unseen_context\": true"), "");
  EXPECT_EQ(refusal_with("\"test\": {\"gex\":[1,6]}", "\"test\": {\"gex\":[1]}"),
            "s.json: fold 'all' places 9 of 10 conditions");
  EXPECT_EQ(refusal_with("\"train\": [2,", "\"train\": [1,2,"),
            "s.json: fold 'all' puts condition 1 in two parts");
  EXPECT_EQ(refusal_with("\"train\": [2,", "\"train\": [200,"),
            "s.json: fold 'all' names condition 200 of 10");
  EXPECT_EQ(refusal_with("\"test\": {", "\"tset\": {").substr(0, 36),
            "s.json: no part named 'tset'; known:");
  EXPECT_EQ(refusal_with("\"every\": [0,5]", "\"unused\": [0,5]"),
            "s.json: \"split_sha256\" is not "
            "the hash of what it holds: it was edited; make it anew");
}

TEST_F(SplitJson, RefusesWhatIsNoSplit) {
  EXPECT_EQ(error_of([] { (void)parse_split("{}", "s.json"); }),
            "s.json: is no split: its \"format\" is not \"cupel-split-1\"");
  EXPECT_EQ(error_of([] { (void)parse_split("[1", "s.json"); }).substr(0, 20),
            "s.json: is no split:");
  EXPECT_NE(refusal_with("\"seed\": 42", "\"seed\": []").find("is no split"), std::string::npos);
  EXPECT_EQ(error_of([] { (void)read_split("/nowhere/s.json"); }),
            "/nowhere/s.json: cannot open the split");
}

TEST_F(SplitJson, CarriesItsClaimGeneratorSeedAndHashes) {
  const auto text = split_json(manifest);
  for (const auto* words :
       {"\"claim\": \"seen context, unseen perturbations\"", "\"name\": \"gex\"", "\"seed\": 42",
        "\"random\": \"philox4x32-10\"", "\"conditions_sha256\": \"", "\"split_sha256\": \"",
        "\"hold-out\": \"g00\""}) {
    EXPECT_NE(text.find(words), std::string::npos) << words;
  }
}

TEST_F(SplitJson, HasATableOfOneRowPerUnit) {
  const auto table = split_tsv(manifest);
  EXPECT_EQ(std::ranges::count(table, '\n'), 11);
  EXPECT_NE(table.find("condition\t\tc1\tg00\t\t\tall\ttest\tgex\t\t\n"), std::string::npos)
      << table;
  const auto cells =
      split_tsv(split("random-cells", made, {.controls = splits::ControlPolicy::kDisjoint}));
  EXPECT_EQ(std::ranges::count(cells, '\n'), 1 + 2 * 4 * 3 + 2 * 8);
  EXPECT_NE(cells.find("control-cell\t\tc0\tcontrol\t"), std::string::npos);
}

}  // namespace
}  // namespace cupel::test
