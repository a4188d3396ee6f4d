#include "random/numpy_random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "stats/split_halves.hpp"
#include "support/paths.hpp"

namespace cupel::test {
namespace {

using Json = nlohmann::json;

// make_numpy_random.py beside this file.
TEST(NumpyRandom, DrawsWhatNumpyDraws) {
  std::ifstream file(source_path("tests/random/numpy_random.json"));
  const Json recorded = Json::parse(file);
  for (const Json& stream : recorded.at("streams")) {
    const auto seed = stream.at("seed").get<std::uint64_t>();
    EXPECT_EQ(Json(seed_sequence_state(seed, 9)), stream.at("state")) << seed;
    NumpyRandom random(seed);
    for (std::size_t i = 0; i < recorded.at("calls").size(); ++i) {
      const Json& call = recorded.at("calls").at(i);
      const auto n = call.at(1).get<std::uint64_t>();
      if (call.at(0) == "permutation") {
        std::vector<std::int64_t> values(n);
        std::iota(values.begin(), values.end(), 0);
        random.permute(values);
        EXPECT_EQ(Json(values), stream.at("draws").at(i)) << seed << " " << call;
      } else {
        std::vector<std::uint64_t> values;
        while (values.size() < call.at(2)) values.push_back(random.below(n));
        EXPECT_EQ(Json(values), stream.at("draws").at(i)) << seed << " " << call;
      }
    }
  }
}

TEST(SplitHalves, ShareNoCellAndLeaveOutTheOddOne) {
  const RowsOfGroups groups{{0, 1, 2, 3, 4, 5, 6}, {7}, {}, {8, 9}};
  NumpyRandom random(3);
  const Halves halves = split_halves(groups, random);
  ASSERT_EQ(halves.a.size(), groups.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    EXPECT_EQ(halves.a[g].size(), groups[g].size() / 2);
    EXPECT_EQ(halves.b[g].size(), groups[g].size() / 2);
    for (const auto row : halves.a[g]) {
      EXPECT_EQ(std::ranges::count(halves.b[g], row), 0);
      EXPECT_EQ(std::ranges::count(groups[g], row), 1);
    }
  }
}

}  // namespace
}  // namespace cupel::test
