#include "report/de_output.hpp"

#include <gtest/gtest.h>

namespace cupel::test {
namespace {

TEST(FileNames, KeepLettersDigitsAndWhatIsNotAscii) {
  FileNames name;
  EXPECT_EQ(name("K562_d6.v2+x"), "K562_d6.v2+x");
  EXPECT_EQ(name("a b/c"), "a-b-c");
  EXPECT_EQ(name("β-Zelle"), "β-Zelle");
}

TEST(FileNames, AreNeverSharedAndDoNotChange) {
  FileNames name;
  EXPECT_EQ(name("a b"), "a-b");
  EXPECT_EQ(name("a/b"), "a-b-2");
  EXPECT_EQ(name("a-b"), "a-b-3");
  EXPECT_EQ(name("a-b-2"), "a-b-2-2");
  EXPECT_EQ(name("a b"), "a-b");
  EXPECT_EQ(name("a/b"), "a-b-2");
}

}  // namespace
}  // namespace cupel::test
