// Vectors S01 to S05, C03 and C04 of baseline_vectors.json: splits, the streams they are drawn
// from, and the names they compare.
#include <algorithm>
#include <set>

#include "conditions/names.hpp"
#include "random/numpy_legacy_random.hpp"
#include "random/python_random.hpp"
#include "splits/audit.hpp"
#include "splits/claim.hpp"
#include "splits/combinations.hpp"
#include "splits/gears.hpp"
#include "splits/generator.hpp"
#include "vectors/vectors.hpp"

namespace cupel::test {
namespace {

const NameRule kGearsNames{.separator = "+", .controls = {"ctrl"}};

std::vector<std::string> members_of(const std::string& label) {
  std::vector<std::string> members;
  for (const auto& one : parse_label(label, "", kGearsNames)) members.push_back(one.name);
  return members;
}

TEST(BaselineS01, ClassIsTheNumberOfTrainedMembers) {
  const Json& v = baseline_vector("S01");
  const std::set<std::string> trained = v.at("inputs").at("train_genes");
  for (const auto& [name, expected] : v.at("expected").items()) {
    EXPECT_EQ(splits::seen_class(members_of(name), trained), expected) << name;
  }
  const std::vector<std::string> three{"A", "B", "X"};
  EXPECT_EQ(splits::seen_class(three, trained), "combo3_seen2");
}

TEST(BaselineS02, FoldsAreOfNearlyOneSize) {
  const Json& v = baseline_vector("S02");
  const auto sizes = splits::fold_sizes(v.at("inputs").at("n"), v.at("inputs").at("k"));
  EXPECT_EQ(Json(sizes), v.at("expected").at("sizes"));
  std::vector<std::int64_t> offsets{0};
  for (const auto size : sizes) offsets.push_back(offsets.back() + size);
  EXPECT_EQ(offsets.back(), v.at("inputs").at("n"));
  offsets.pop_back();
  EXPECT_EQ(Json(offsets), v.at("expected").at("offsets"));
}

TEST(BaselineS03, LegacyChoiceIsNumpys) {
  const Json& v = baseline_vector("S03");
  EXPECT_EQ(NumpyLegacyRandom(1).next_u32(), v.at("expected").at("first_u32_seed1"));
  Json drawn = Json::array();
  for (const Json& c : v.at("inputs").at("cases")) {
    drawn.push_back(NumpyLegacyRandom(c.at(0).get<std::uint32_t>()).choice(c.at(1), c.at(2)));
  }
  EXPECT_EQ(drawn, v.at("expected").at("choice"));
}

TEST(BaselineS04, SampleIsPythons) {
  const Json& v = baseline_vector("S04");
  Json drawn = Json::array();
  for (const Json& c : v.at("inputs").at("cases")) {
    drawn.push_back(PythonRandom(c.at(0).get<std::uint64_t>()).sample(c.at(1), c.at(2)));
  }
  EXPECT_EQ(drawn, v.at("expected").at("sample"));
}

Json sorted(std::vector<std::string> names) {
  std::ranges::sort(names);
  return names;
}

TEST(BaselineS05, SimulationSplitIsThatOfGears) {
  const Json& v = baseline_vector("S05");
  std::vector<splits::GearsCondition> conditions;
  for (const Json& name : v.at("inputs").at("perts")) {
    conditions.push_back({name, members_of(name)});
  }
  // Whatever the order they come in.
  for (int turn = 0; turn < 3; ++turn) {
    std::ranges::rotate(conditions, conditions.begin() + 5 * turn);
    const auto split =
        splits::gears_simulation(conditions, v.at("inputs").at("train_gene_set_size").get<double>(),
                                 v.at("inputs").at("combo_seen2_train_frac").get<double>(),
                                 v.at("inputs").at("seed").get<std::uint32_t>());
    EXPECT_EQ(sorted(split.train), v.at("expected").at("train"));
    EXPECT_EQ(sorted(split.val), v.at("expected").at("val"));
    EXPECT_EQ(sorted(split.test), v.at("expected").at("test"));
    for (const auto& [groups, key] : {std::pair(&split.test_subgroup, "test_subgroup"),
                                      std::pair(&split.val_subgroup, "val_subgroup")}) {
      ASSERT_EQ(groups->size(), v.at("expected").at(key).size());
      for (const auto& [name, members] : *groups) {
        EXPECT_EQ(sorted(members), v.at("expected").at(key).at(name)) << key << " " << name;
      }
    }
  }
}

TEST(BaselineC03, CramersVIsOfTheTable) {
  const Json& v = baseline_vector("C03");
  expect_near(splits::cramers_v(v.at("inputs").at("table")), v.at("expected").at("V"), v.at("tol"),
              "V");
  EXPECT_TRUE(std::isnan(splits::cramers_v({{1.0, 2.0}})));
  EXPECT_TRUE(std::isnan(splits::cramers_v({})));
}

TEST(BaselineC04, NamesCompareWithoutOrderAndControl) {
  const Json& v = baseline_vector("C04");
  const NameRule rule{.separator = v.at("inputs").at("delimiter"),
                      .controls = v.at("inputs").at("control_tokens")};
  const auto condition_of = [&](const std::string& label) {
    cupel::Condition condition;
    for (const auto& one : parse_label(label, "", rule)) condition.members.push_back(one.name);
    return condition;
  };
  splits::TrainedSet trained;
  std::set<std::string> in_combinations;
  for (const Json& label : v.at("inputs").at("train")) {
    const auto condition = condition_of(label);
    trained.add(condition);
    if (condition.members.size() > 1) {
      in_combinations.insert(condition.members.begin(), condition.members.end());
    }
  }
  for (const auto& [label, expected] : v.at("expected").items()) {
    const auto condition = condition_of(label);
    const auto novelty = trained.compare(condition);
    EXPECT_EQ(canonical_name(condition.members), expected.at("canonical"));
    EXPECT_EQ(novelty.condition_seen, expected.at("exact_in_train")) << label;
    EXPECT_EQ(novelty.members_seen, expected.at("n_genes_seen")) << label;
    EXPECT_EQ(std::ranges::any_of(condition.members,
                                  [&](const auto& m) { return in_combinations.contains(m); }),
              expected.at("gene_in_train_combo"))
        << label;
    // "ctrl+B" is tested alone; B trains within A+B only.
    EXPECT_EQ(novelty.only_in_combinations, label == "ctrl+B") << label;
  }
}

}  // namespace
}  // namespace cupel::test
