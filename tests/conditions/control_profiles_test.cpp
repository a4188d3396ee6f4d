#include "conditions/control_profiles.hpp"

#include <cmath>

#include "support/memory_screen.hpp"

namespace cupel::test {
namespace {

using Labels = std::vector<std::string>;

// Cells of two contexts and four genes; in each context the first three cells are controls.
struct Case {
  DenseCells cells{8, 4, {}};
  std::map<std::string, Labels> obs;
};

Case made(const std::vector<std::size_t>& order) {
  Case made;
  std::vector<std::vector<double>> rows;
  for (std::size_t i = 0; i < 8; ++i) {
    rows.push_back({static_cast<double>(i), 3.0, static_cast<double>(i * i % 5), 0.0});
  }
  for (const auto i : order) {
    made.cells.values.insert(made.cells.values.end(), rows[i].begin(), rows[i].end());
    made.obs["target"].push_back(i % 4 < 3 ? "non-targeting" : "A");
    made.obs["line"].push_back(i < 4 ? "c0" : "c1");
  }
  return made;
}

ControlProfiles profiles_of(const Case& some, bool counts, std::vector<std::string> genes = {}) {
  MemoryScreen screen(some.cells, some.obs, std::move(genes));
  const std::vector<NamedScreen> screens{{&screen, ""}};
  return control_profiles(screens, list_conditions(screens, {.context = "line"}), counts);
}

TEST(ControlProfiles, AreMeansOfControlCells) {
  const auto some = made({0, 1, 2, 3, 4, 5, 6, 7});
  for (const bool counts : {true, false}) {
    const auto profiles = profiles_of(some, counts);
    EXPECT_EQ(profiles.contexts, (Labels{"c0", "c1"}));
    for (std::size_t context = 0; context < 2; ++context) {
      for (std::int64_t gene = 0; gene < 4; ++gene) {
        double sum = 0.0;
        for (std::int64_t k = 0; k < 3; ++k) {
          const auto row = static_cast<std::int64_t>(context) * 4 + k;
          double total = 0.0;
          for (std::int64_t g = 0; g < 4; ++g) total += some.cells(row, g);
          const double value = some.cells(row, gene);
          sum += counts ? std::log1p(value / total * 1e4) : value;
        }
        EXPECT_NEAR(profiles.means[context][static_cast<std::size_t>(gene)], sum / 3.0, 1e-9);
      }
    }
  }
}

TEST(ControlProfiles, HaveTheSameBitsForAnyOrderOfCells) {
  const auto first = profiles_of(made({0, 1, 2, 3, 4, 5, 6, 7}), true);
  const auto other = profiles_of(made({6, 2, 7, 0, 5, 1, 3, 4}), true);
  EXPECT_EQ(first.means, other.means);
}

TEST(ControlProfiles, RefuseWhatHasNone) {
  auto some = made({0, 1, 2, 3, 4, 5, 6, 7});
  for (std::size_t i = 4; i < 8; ++i) some.obs["target"][i] = "A";
  EXPECT_EQ(error_of([&] { (void)profiles_of(some, true); }),
            "context 'c1' has no control cells to be clustered by");
  some = made({0, 1, 2, 3, 4, 5, 6, 7});
  some.cells.values[0] = 101.0;
  EXPECT_NE(error_of([&] { (void)profiles_of(some, false); }).find("say --input-type counts"),
            std::string::npos);
  EXPECT_EQ(error_of([&] { (void)profiles_of(some, true); }), "");
  some.cells.values[0] = std::nan("");
  EXPECT_NE(error_of([&] { (void)profiles_of(some, true); }), "");
  const auto good = made({0, 1, 2, 3, 4, 5, 6, 7});
  MemoryScreen one(good.cells, good.obs);
  MemoryScreen two(good.cells, good.obs, {"w", "x", "y", "z"});
  const std::vector<NamedScreen> screens{{&one, "a"}, {&two, "b"}};
  const auto list = list_conditions(screens, {.context = "line"});
  EXPECT_EQ(error_of([&] { (void)control_profiles(screens, list, true); }),
            "memory.h5ad: its genes are not those of memory.h5ad; give --embeddings");
}

}  // namespace
}  // namespace cupel::test
