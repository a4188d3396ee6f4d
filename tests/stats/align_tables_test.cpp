#include "stats/align_tables.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace cupel::test {
namespace {

DeTable table(std::vector<std::string> features, double first) {
  DeTable made;
  made.targets = {"A", "B"};
  made.features = std::move(features);
  const auto cols = std::ssize(made.features);
  for (auto* matrix : {&made.log2_fold_change, &made.p_value, &made.p_adj}) {
    *matrix = make_host_matrix<double>(2, cols);
    for (std::int64_t i = 0; i < 2 * cols; ++i) matrix->view().data[i] = first++;
  }
  return made;
}

TEST(AlignTables, TakesTheFeaturesOfBothInTheGenesOrder) {
  const std::vector<std::string> genes{"z", "y", "x", "w"};
  const auto a = table({"w", "z"}, 0);
  const auto b = table({"x", "w"}, 0);
  EXPECT_EQ(union_of_features({&a, &b}, genes), (std::vector<std::string>{"z", "x", "w"}));
}

TEST(AlignTables, MarksWhatATableDoesNotHave) {
  auto narrow = table({"w", "z"}, 1);
  narrow.absent = {0, 0, 1, 0};  // B has no row for w
  const std::vector<std::string> features{"z", "x", "w"};
  const auto wide = over_features(narrow, features);
  EXPECT_EQ(wide.targets, narrow.targets);
  EXPECT_EQ(wide.features, features);
  EXPECT_EQ(wide.absent, (std::vector<std::uint8_t>{0, 1, 0, 0, 1, 1}));
  const auto lfc = std::as_const(wide.log2_fold_change).view();
  EXPECT_EQ(lfc(0, 0), 2);
  EXPECT_TRUE(std::isnan(lfc(0, 1)));
  EXPECT_EQ(lfc(0, 2), 1);
  EXPECT_EQ(lfc(1, 0), 4);
  EXPECT_EQ(std::as_const(wide.p_value).view()(1, 2), 7);
  EXPECT_EQ(std::as_const(wide.p_adj).view()(0, 0), 10);
}

}  // namespace
}  // namespace cupel::test
