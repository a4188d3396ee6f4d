#include <algorithm>
#include <map>

#include "support/cli.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

using Row = std::vector<std::string>;

class Compare : public Cli {
 protected:
  Compare() {
    write_screen(folder.file("real.h5ad"), make_small_screen());
    write_screen(folder.file("good.h5ad"), make_small_screen({.draw = 2}));
    write_screen(folder.file("blank.h5ad"), make_small_screen({.draw = 3, .effect = 0}));
  }
  void score(const std::string& out, std::vector<std::string> predictions,
             const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"score", "--real", "real.h5ad", "-o",
                                       out,     "--ends", "none",      "--pred"};
    arguments.insert(arguments.end(), predictions.begin(), predictions.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    expect_done(cupel(arguments));
  }
  // Replaces the first `old` in a file.
  void edit(const std::string& name, const std::string& old, const std::string& by) const {
    auto content = text(name);
    const auto at = content.find(old);
    ASSERT_NE(at, std::string::npos) << old << " in " << name;
    write(name, content.replace(at, old.size(), by));
  }
  // Lines of a comparison's file by metric.
  [[nodiscard]] std::map<std::string, Row> lines(const std::string& name) const {
    std::map<std::string, Row> found;
    for (const auto& row : csv(name)) found[row[1]] = row;
    return found;
  }
};

TEST_F(Compare, FindsARunIdenticalWithItself) {
  score("one", {"good.h5ad"});
  const auto result = cupel({"compare", "one", "one/", "-o", "same.csv"});
  expect_done(result);
  EXPECT_EQ(result.err, "");
  EXPECT_TRUE(result.out.starts_with("a: one/good\nb: one/good\n")) << result.out;
  const auto rows = csv("same.csv");
  EXPECT_EQ(rows[0], (Row{"context", "metric", "a", "b", "mean_a", "mean_b", "difference", "low",
                          "high", "p", "p_holm", "n", "verdict", "reason"}));
  ASSERT_EQ(rows.size(), 11U);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i][4], rows[i][5]);
    EXPECT_EQ(rows[i][6], "0");
    EXPECT_EQ(rows[i][9], "1");
    EXPECT_EQ(rows[i][12], "identical");
  }
}

TEST_F(Compare, SaysOfTwoRunsWhatOneRunOfBothSays) {
  score("first", {"good.h5ad"});
  score("second", {"blank.h5ad"});
  score("both", {"good.h5ad", "blank.h5ad"});
  const auto result = cupel({"compare", "first", "second", "-o", "apart.csv"});
  expect_done(result);
  EXPECT_NE(result.out.find("a: first/good\nb: second/blank\n"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("↑ pds_cosine"), std::string::npos) << result.out;
  const auto apart = lines("apart.csv");
  const auto together = lines("both/comparisons.csv");  // a and b in the board's order: good first
  std::size_t compared = 0;
  for (const auto& [metric, row] : together) {
    if (metric == "metric" || metric == "mean_rank") continue;
    ++compared;
    const auto& other = apart.at(metric);
    EXPECT_EQ((Row{row.begin() + 4, row.end()}), (Row{other.begin() + 6, other.end()})) << metric;
  }
  EXPECT_EQ(compared, 10U);
  const auto board = csv("both/leaderboard.csv");
  EXPECT_EQ(apart.at(board[0][3])[4], board[1][3]);
  EXPECT_EQ(apart.at("expr_mse_unbiased_capped_norm")[5], board[2][4]) << "a mean without scores";
}

TEST_F(Compare, PairsWhatHasTheSameName) {
  score("first", {"good.h5ad", "blank.h5ad"});
  score("second", {"good=blank.h5ad", "new=good.h5ad"});
  expect_done(cupel({"compare", "first", "second", "-o", "same.csv", "--quiet"}));
  const auto rows = csv("same.csv");
  ASSERT_EQ(rows.size(), 11U);
  EXPECT_EQ(rows[1][2], "first/good");
  EXPECT_EQ(rows[1][3], "second/good");
}

TEST_F(Compare, PairsAllWithAllWhereNoNameIsShared) {
  score("first", {"good.h5ad", "blank.h5ad"});
  score("second", {"x=blank.h5ad", "y=good.h5ad"});
  expect_done(cupel({"compare", "first", "second", "-o", "all.csv"}));
  EXPECT_EQ(csv("all.csv").size(), 1U + 4U * 10U);
}

TEST_F(Compare, KeepsContextsApart) {
  write_screen(folder.file("real.h5ad"), make_small_screen({.contexts = 2}));
  write_screen(folder.file("good.h5ad"), make_small_screen({.draw = 2, .contexts = 2}));
  score("one", {"good.h5ad"}, {"--context-col", "line"});
  const auto result = cupel({"compare", "one", "one", "-o", "same.csv"});
  expect_done(result);
  EXPECT_NE(result.out.find("values are means over 2 contexts"), std::string::npos);
  std::map<std::string, int> contexts;
  for (const auto& row : csv("same.csv")) ++contexts[row[0]];
  EXPECT_EQ(contexts, (std::map<std::string, int>{
                          {"context", 1}, {"line0", 10}, {"line1", 10}, {"(macro mean)", 10}}));
}

TEST_F(Compare, RefusesRunsWhoseNumbersDoNotMeanTheSame) {
  score("one", {"good.h5ad"});
  score("strict", {"good.h5ad"}, {"--set", "de.p_adj_threshold=0.01"});
  expect_refused(
      cupel({"compare", "one", "strict"}), 3,
      "one and strict cannot be compared: not the same de.p_adj_threshold: 0.05 and 0.01");
  score("pds", {"good.h5ad"}, {"--profile", "pds"});
  expect_refused(cupel({"compare", "one", "pds"}), 3, "not the same metrics: [");
  write_screen(folder.file("real.h5ad"), make_small_screen({.draw = 9}));
  score("other", {"good.h5ad"});
  expect_refused(cupel({"compare", "one", "other", "-o", "x.csv"}), 3,
                 "not the same measured screen (fingerprint): \"");
  EXPECT_FALSE(everything().contains("x.csv"));
}

TEST_F(Compare, WarnsOfAnotherVersion) {
  score("one", {"good.h5ad"});
  score("two", {"good.h5ad"});
  edit("two/run.json", "\"version\": \"", "\"version\": \"9.");
  const auto result = cupel({"compare", "one", "two"});
  expect_done(result);
  EXPECT_NE(result.err.find("two by 9."), std::string::npos) << result.err;
}

TEST_F(Compare, TestsNothingWherePerturbationsDiffer) {
  score("one", {"good.h5ad"});
  score("two", {"good.h5ad"});
  std::string kept;
  for (const auto& line : csv("two/good/results.csv")) {
    if (line[0] == "G041") continue;
    for (std::size_t i = 0; i < line.size(); ++i) kept += (i == 0 ? "" : ",") + line[i];
    kept += '\n';
  }
  write("two/good/results.csv", kept);
  expect_done(cupel({"compare", "one", "two", "-o", "apart.csv"}));
  const auto line = lines("apart.csv").at("pds_cosine");
  EXPECT_FALSE(line[6].empty());
  EXPECT_EQ((Row{line.begin() + 7, line.begin() + 11}), Row(4, ""));
  EXPECT_EQ(line[13], "the two have not the same perturbations");
}

TEST_F(Compare, RefusesWhatIsNotARun) {
  score("one", {"good.h5ad"});
  expect_refused(cupel({"compare", "one"}), 2, "give two folders");
  expect_refused(cupel({"compare", "one", "none"}), 3, "none/run.json: no such file");
  write("held.csv", "mine");
  expect_refused(cupel({"compare", "one", "one", "-o", "held.csv"}), 2, "add --force");
  EXPECT_EQ(text("held.csv"), "mine");
  expect_done(cupel({"compare", "one", "one", "-o", "held.csv", "--force"}));
  score("two", {"good.h5ad"});
  edit("two/good/results.csv", ",pds_cosine,", ",pds_cosine,x");
  expect_refused(cupel({"compare", "one", "two"}), 3, "is not a number");
  std::filesystem::remove(folder.file("two/good/results.csv"));
  expect_refused(cupel({"compare", "one", "two"}), 3, "two/good/results.csv: no such file");
  write("two/run.json", "{}");
  expect_refused(cupel({"compare", "one", "two"}), 3, "two/run.json: not as `cupel score` writes");
}

}  // namespace
}  // namespace cupel::test
