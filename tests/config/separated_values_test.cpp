#include "config/separated_values.hpp"

#include <gtest/gtest.h>

namespace cupel::test {
namespace {

using Rows = std::vector<std::vector<std::string>>;

TEST(SeparatedValues, AreCutAtSeparatorsAndLineEnds) {
  EXPECT_EQ(separated_values("a,b\nc,,\n", ','), (Rows{{"a", "b"}, {"c", "", ""}}));
  EXPECT_EQ(separated_values("a\tb,c\r\nd\t", '\t'), (Rows{{"a", "b,c"}, {"d", ""}}));
  EXPECT_EQ(separated_values("", ','), Rows{});
  EXPECT_EQ(separated_values("\n\na\n\r\n", ','), (Rows{{"a"}}));
}

TEST(SeparatedValues, MayBeQuoted) {
  EXPECT_EQ(separated_values("\"a,\"\"b\"\"\n\",\"c\"\n\"\",d", ','),
            (Rows{{"a,\"b\"\n", "c"}, {"", "d"}}));
  EXPECT_EQ(separated_values("\"never closed\n,x", ','), (Rows{{"never closed\n,x"}}));
  EXPECT_EQ(separated_values("\"a\"b,c\"d\"", ','), (Rows{{"ab", "c\"d\""}}));
}

TEST(SeparatedValues, ComeOffTheFrontOneRowAtATime) {
  std::string_view text = "a,b\nc,d\n";
  std::vector<std::string> row;
  ASSERT_TRUE(take_row(text, ',', row));
  EXPECT_EQ(row, (Rows::value_type{"a", "b"}));
  EXPECT_EQ(text, "c,d\n");
  ASSERT_TRUE(take_row(text, ',', row));
  EXPECT_FALSE(take_row(text, ',', row));
}

}  // namespace
}  // namespace cupel::test
