#include "io/feature_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "cupel/error.hpp"
#include "support/scratch_folder.hpp"

namespace cupel::io {
namespace {

class FeatureFiles : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder.file(name);
    std::ofstream(path) << text;
    return path;
  }
  std::string refusal(const std::string& name, const std::string& text) {
    try {
      static_cast<void>(read_feature_file(write(name, text)));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return error.what();
    }
    return "";
  }
  test::ScratchFolder folder;
};

TEST_F(FeatureFiles, AreTablesByTabsOrCommas) {
  for (const auto* text : {"A\t1\t2\nB\t-3.5\t4e2\n", "name,x,y\nA,1,2\nB,-3.5,4e2\n",
                           "A,1,2\r\n\r\nB,-3.5,4e2\r\n"}) {
    const auto file = read_feature_file(write("t.tsv", text));
    EXPECT_EQ(file.names, (std::vector<std::string>{"A", "B"}));
    EXPECT_EQ(file.columns, 2);
    EXPECT_EQ(file.values, (std::vector<double>{1, 2, -3.5, 400}));
  }
}

TEST_F(FeatureFiles, OfGeneSetsAreMemberships) {
  const auto file = read_feature_file(write("s.gmt", "one\turl\tB\tA\ntwo\t\tA\tC\tA\n"));
  EXPECT_EQ(file.names, (std::vector<std::string>{"A", "B", "C"}));
  EXPECT_EQ(file.values, (std::vector<double>{1, 1, 1, 0, 0, 1}));
}

TEST_F(FeatureFiles, AreRefusedByNameAndEntry) {
  EXPECT_NE(refusal("t.csv", "A,1\nB,x\n").find("entry 2: 'x' is not a number"), std::string::npos);
  EXPECT_NE(refusal("t.csv", "A,1\nB,1,2\n").find("entry 2: 2 numbers, where there were 1"),
            std::string::npos);
  EXPECT_NE(refusal("t.csv", "A,1\nA,2\n").find("entry 2: 'A' again"), std::string::npos);
  EXPECT_NE(refusal("t.csv", "A,1\nB,nan\n").find("'nan' is not a number"), std::string::npos);
  EXPECT_NE(refusal("t.csv", "A\n").find("a name and numbers are wanted"), std::string::npos);
  EXPECT_NE(refusal("t.csv", "name,x\n").find("holds no features"), std::string::npos);
  EXPECT_NE(refusal("t.csv", "").find("holds no features"), std::string::npos);
  EXPECT_NE(refusal("s.gmt", "one\n").find("a set needs a name"), std::string::npos);
  EXPECT_THROW(static_cast<void>(read_feature_file(folder.file("none.csv"))), Error);
}

}  // namespace
}  // namespace cupel::io
