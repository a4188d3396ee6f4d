#include "fitting/donors.hpp"

#include <set>

#include "support/matrices.hpp"
#include "support/memory_screen.hpp"

namespace cupel::fitting {
namespace {

TrainingData donor_profiles() {
  TrainingData data;
  auto& training = data.training;
  training.contexts = {"x", "y"};
  training.control = make_host_matrix<double>(2, 2);
  training.delta = make_host_matrix<double>(4, 2);
  const std::vector<double> control{1, 1, 5, 5};
  std::ranges::copy(control, training.control.view().data);
  const std::vector<double> delta{1, 0, 0, 1, 1, 0, -3, -4};
  std::ranges::copy(delta, training.delta.view().data);
  training.conditions = {models::make_condition("x", {"a"}), models::make_condition("x", {"b"}),
                         models::make_condition("x", {"c"}), models::make_condition("y", {"a"})};
  training.weight = {1, 1, 1, 1};
  return data;
}

TEST(Donors, AreTheNearestOfTheirContext) {
  const auto data = donor_profiles();  // (2, 1), (1, 2), (2, 1) in x; (2, 1) in y
  const auto nearest = [&](const std::string& context, std::vector<double> profile) {
    return nearest_trained(data, context, profile);
  };
  EXPECT_EQ(nearest("x", {2.0, 1.1}), 0) << "the first of equals";
  EXPECT_EQ(nearest("x", {1.2, 2.0}), 1);
  EXPECT_EQ(nearest("y", {1.2, 2.0}), 3) << "another context was looked into";
  EXPECT_EQ(nearest("z", {1.2, 2.0}), 1) << "where nothing trains there, all do";
}

TEST(Donors, GiveEachCellOnceBeforeAnyTwice) {
  const auto values = test::random_counts(9, 5, 3);
  const auto cells_of = [](const test::DenseCells& dense, std::vector<std::int64_t> first,
                           std::vector<std::int64_t> second, std::int64_t n, std::uint64_t stream) {
    OpenScreens screens;
    screens.files.push_back(std::make_unique<test::MemoryScreen>(
        dense, std::map<std::string, std::vector<std::string>>{}));
    TrainedCondition donor;
    donor.batches = {{.rows = std::move(first)}, {.rows = std::move(second)}};
    const auto made = donor_cells(screens, donor, n, 7, stream);
    std::vector<std::vector<double>> rows;
    for (std::int64_t i = 0; i < n; ++i) {
      rows.emplace_back(made.view().row(i), made.view().row(i) + made.cols());
    }
    return rows;
  };
  std::multiset<std::vector<double>> own;
  for (const std::size_t row : {1U, 2U, 4U, 6U, 7U}) {
    own.emplace(values.values.begin() + static_cast<std::ptrdiff_t>(row * 5),
                values.values.begin() + static_cast<std::ptrdiff_t>(row * 5 + 5));
  }
  const auto all = cells_of(values, {1, 2, 7}, {4, 6}, 5, 1);
  EXPECT_EQ(std::multiset<std::vector<double>>(all.begin(), all.end()), own);
  const auto more = cells_of(values, {1, 2, 7}, {4, 6}, 12, 1);
  EXPECT_EQ(std::vector(more.begin(), more.begin() + 5), all);
  EXPECT_EQ(std::multiset<std::vector<double>>(more.begin() + 5, more.begin() + 10), own);
  EXPECT_NE(std::vector(more.begin() + 5, more.begin() + 10), all) << "one order for all turns";
  EXPECT_NE(cells_of(values, {1, 2, 7}, {4, 6}, 5, 2), all) << "one order for all conditions";
  // Any order of the file's rows: the same cells in the same order.
  EXPECT_EQ(cells_of(test::reversed_rows(values), {1, 6, 7}, {2, 4}, 12, 1), more);
}

}  // namespace
}  // namespace cupel::fitting
