#include <fstream>
#include <string>

#include "support/paths.hpp"
#include "vectors/vectors.hpp"

namespace cupel::test {
namespace {

std::string names_of_all_tests() {
  const auto& framework = *::testing::UnitTest::GetInstance();
  std::string names;
  for (int i = 0; i < framework.total_test_suite_count(); ++i) {
    const auto& suite = *framework.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      names.append(suite.name()).append(".").append(suite.GetTestInfo(j)->name()).append("\n");
    }
  }
  return names;
}

Json read(const char* name) {
  std::ifstream stream(source_path(std::string("tests/vectors/").append(name)));
  return Json::parse(stream);
}

// A vector whose id no test's name has would be a promise that nobody checks.
TEST(Vectors, EveryOneHasATest) {
  const std::string names = names_of_all_tests();
  const Json file = read("cell_eval_vectors.json");
  EXPECT_EQ(file.at("vectors").size(), file.at("count").get<std::size_t>());
  for (const Json& entry : file.at("vectors")) {
    const auto id = entry.at("id").get<std::string>();
    EXPECT_NE(names.find(id), std::string::npos) << id << ": " << entry.at("title");
  }
}

// Of the other two files, those groups whose formulas are here: baselines (B) of both; calibration
// (K), diversity (M), errors (E) and correlation (C) of the benchmarks, what else judges, and
// splits (S).
TEST(Vectors, EveryOneThatJudgesOrPredictsHasATest) {
  const std::string names = names_of_all_tests();
  const auto expect_tests = [&](const char* file, const std::string& prefix, const auto& chosen) {
    const Json json = read(file);
    int found = 0;
    for (const Json& entry : json.at("vectors")) {
      const auto id = entry.at("id").get<std::string>().substr(0, 3);
      if (!chosen(id)) continue;
      ++found;
      EXPECT_NE(names.find(prefix + id), std::string::npos) << prefix << entry.at("id");
    }
    return found;
  };
  EXPECT_EQ(expect_tests("benchmark_vectors.json", "Benchmark",
                         [](const std::string& id) {
                           return std::string("BKMEC").find(id[0]) != std::string::npos ||
                                  id == "R07" || id == "S13" || id == "S14";
                         }),
            43);
  EXPECT_EQ(expect_tests("baseline_vectors.json", "Baseline",
                         [](const std::string& id) {
                           return id[0] == 'S' || id[0] == 'B' || id == "C01" || id == "C03" ||
                                  id == "C04";
                         }),
            35);
}

}  // namespace
}  // namespace cupel::test
