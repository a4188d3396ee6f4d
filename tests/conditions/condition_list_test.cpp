#include "conditions/condition_list.hpp"

#include <map>
#include <random>

#include "support/memory_screen.hpp"

namespace cupel::test {
namespace {

using Labels = std::vector<std::string>;

MemoryScreen screen_of(std::map<std::string, Labels> obs) {
  const auto n = std::ssize(obs.begin()->second);
  return {{n, 1, std::vector<double>(static_cast<std::size_t>(n), 1.0)}, std::move(obs)};
}

std::vector<ConditionCells> list_of(Screen& screen, const ConditionColumns& columns,
                                    const std::string& name = "") {
  const std::vector<NamedScreen> screens{{&screen, name}};
  return list_conditions(screens, columns);
}

const ConditionColumns kAll{.perturbation = "p",
                            .context = "c",
                            .dose = "d",
                            .batch = "b",
                            .dataset = "s",
                            .names = {.controls = {"ctrl"}}};

// Against what the definition says, cell by cell.
TEST(ConditionList, HoldsEveryCellOnceUnderItsOwnCondition) {
  std::mt19937_64 random(3);
  const auto pick = [&](const Labels& from) { return from[random() % from.size()]; };
  std::map<std::string, Labels> obs;
  for (int i = 0; i < 400; ++i) {
    obs["p"].push_back(pick({"ctrl", "A", "A+ctrl", "B", "A+B", "B+A", "C+B+A"}));
    obs["c"].push_back(pick({"x", "y"}));
    obs["d"].push_back(pick({"1", "1.0", "2"}));
    obs["b"].push_back(pick({"b1", "b2"}));
    obs["s"].push_back(pick({"s1", "s2"}));
  }
  const std::map<std::string, Labels> members{
      {"ctrl", {}},        {"A", {"A"}},        {"A+ctrl", {"A"}},         {"B", {"B"}},
      {"A+B", {"A", "B"}}, {"B+A", {"A", "B"}}, {"C+B+A", {"A", "B", "C"}}};
  std::map<Condition, std::vector<std::int64_t>> expected;
  for (std::size_t i = 0; i < 400; ++i) {
    Condition condition{.dataset = obs["s"][i],
                        .context = obs["c"][i],
                        .members = members.at(obs["p"][i]),
                        .doses = {},
                        .batch = obs["b"][i]};
    condition.doses.assign(condition.members.size(), obs["d"][i] == "2" ? "2" : "1");
    expected[condition].push_back(static_cast<std::int64_t>(i));
  }
  auto screen = screen_of(obs);
  const auto list = list_of(screen, kAll);
  ASSERT_EQ(list.size(), expected.size());
  auto at = expected.begin();
  for (const auto& entry : list) {
    EXPECT_EQ(entry.condition, at->first) << describe(entry.condition);
    EXPECT_EQ(entry.rows, at->second) << describe(entry.condition);
    ++at;
  }
}

TEST(ConditionList, RemembersTheFilesOwnLabels) {
  auto screen = screen_of({{"p", {"B+A", "ctrl", "A+B", "B+A"}}});
  const auto list = list_of(screen, {.perturbation = "p", .names = {.controls = {"ctrl"}}});
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[1].labels, (Labels{"A+B", "B+A"}));
  EXPECT_EQ(list[1].condition.context, "");
  EXPECT_EQ(list[1].rows, (std::vector<std::int64_t>{0, 2, 3}));
}

TEST(ConditionList, OfSeveralFilesTellsDatasetsApart) {
  auto one = screen_of({{"p", {"A", "ctrl"}}});
  auto two = screen_of({{"p", {"ctrl", "A"}}});
  const ConditionColumns columns{.perturbation = "p", .names = {.controls = {"ctrl"}}};
  const std::vector<NamedScreen> apart{{&one, "one"}, {&two, "two"}};
  const auto list = list_conditions(apart, columns);
  ASSERT_EQ(list.size(), 4U);
  EXPECT_EQ(list[0].condition.dataset, "one");
  EXPECT_EQ(list[3].screen, 1);
  const std::vector<NamedScreen> same{{&one, "one"}, {&two, "one"}};
  EXPECT_NE(error_of([&] { (void)list_conditions(same, columns); }).find("--real NAME=FILE.h5ad"),
            std::string::npos);
}

TEST(ConditionList, RefusesWhatItCannotTell) {
  const auto refusal = [](std::map<std::string, Labels> obs, const ConditionColumns& columns) {
    auto screen = screen_of(std::move(obs));
    return error_of([&] { (void)list_of(screen, columns); });
  };
  const ConditionColumns plain{.perturbation = "p", .names = {.controls = {"non-targeting"}}};
  EXPECT_EQ(refusal({{"p", {"A", "non-targetting"}}}, plain),
            "memory.h5ad: no cell of obs column 'p' is a control (non-targeting) (did you mean "
            "'non-targetting'?); give --control one of: A, non-targetting");
  EXPECT_EQ(refusal({{"p", {"A", "", "non-targeting"}}}, plain),
            "memory.h5ad: cell 1 has no label in obs column 'p'; label it or drop it");
  EXPECT_EQ(refusal({{"p", {"A+", "non-targeting"}}}, plain).substr(0, 41),
            "memory.h5ad: obs column 'p': label 'A+' h");
  EXPECT_NE(refusal({{"p", {"A\tB", "non-targeting"}}}, plain).find("holds a tab"),
            std::string::npos);
  ConditionColumns dosed = plain;
  dosed.dose = "d";
  EXPECT_EQ(refusal({{"p", {"non-targeting", "A"}}, {"d", {"", ""}}}, dosed),
            "memory.h5ad: cell 1 ('A') has no dose in obs column 'd'; label it or drop it");
  EXPECT_EQ(refusal({{"p", {"non-targeting", "A"}}, {"d", {"", "3"}}}, dosed), "");
}

}  // namespace
}  // namespace cupel::test
