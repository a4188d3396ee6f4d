#include <fstream>
#include <string>

#include "vectors/vectors.hpp"
#include "support/paths.hpp"

namespace cupel::test {
namespace {

// A vector whose id no test's name has would be a promise that nobody checks.
TEST(Vectors, EveryOneHasATest) {
  const auto& framework = *::testing::UnitTest::GetInstance();
  std::string names;
  for (int i = 0; i < framework.total_test_suite_count(); ++i) {
    const auto& suite = *framework.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      names.append(suite.name()).append(".").append(suite.GetTestInfo(j)->name()).append("\n");
    }
  }
  std::ifstream stream(source_path("tests/vectors/cell_eval_vectors.json"));
  const Json file = Json::parse(stream);
  EXPECT_EQ(file.at("vectors").size(), file.at("count").get<std::size_t>());
  for (const Json& entry : file.at("vectors")) {
    const auto id = entry.at("id").get<std::string>();
    EXPECT_NE(names.find(id), std::string::npos) << id << ": " << entry.at("title");
  }
}

}  // namespace
}  // namespace cupel::test
