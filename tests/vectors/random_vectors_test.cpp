// Vectors R01 to R05: numpy's streams and the splits drawn from them.
#include "random/numpy_random.hpp"
#include "stats/split_halves.hpp"
#include "vectors/vectors.hpp"

namespace cupel::test {
namespace {

std::vector<std::int64_t> joined(const RowsOfGroups& groups) {
  std::vector<std::int64_t> all;
  for (const auto& rows : groups) all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

TEST(VectorR01, SeedsOfTheSplitsComeFromTheSeedSequence) {
  const Json& v = vector("R01");
  EXPECT_EQ(
      Json(seed_sequence_state(v.at("inputs").at("base_seed"), v.at("inputs").at("n_splits"))),
      v.at("expected"));
}

TEST(VectorR02, StreamIsPcg64) {
  const Json& v = vector("R02");
  NumpyRandom random(v.at("inputs").at("seed").get<std::uint64_t>());
  for (const Json& draw : v.at("expected")) {
    EXPECT_EQ(std::to_string(random.next_u64()), draw.get<std::string>());
  }
}

TEST(VectorR03, PermutationIsFisherYatesByMaskedRejection) {
  const Json& v = vector("R03");
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < v.at("inputs").at("n"); ++i) values.push_back(i);
  NumpyRandom random(v.at("inputs").at("seed").get<std::uint64_t>());
  random.permute(values);
  EXPECT_EQ(Json(values), v.at("expected"));
}

TEST(VectorR04, GroupsShareOneStreamWithItsHalfDraw) {
  const Json& v = vector("R04");
  RowsOfGroups groups;
  for (const Json& group : v.at("inputs").at("groups_in_order")) groups.push_back(group.at(1));
  NumpyRandom random(v.at("inputs").at("seed").get<std::uint64_t>());
  const Halves halves = split_halves(groups, random);
  EXPECT_EQ(Json(joined(halves.a)), v.at("expected").at("half_a"));
  EXPECT_EQ(Json(joined(halves.b)), v.at("expected").at("half_b"));
}

TEST(VectorR05, BootstrapDrawsTwiceTheGroup) {
  const Json& v = vector("R05");
  NumpyRandom random(v.at("inputs").at("seed").get<std::uint64_t>());
  const Halves halves = bootstrap_halves({v.at("inputs").at("group_rows")}, random);
  EXPECT_EQ(Json(halves.a[0]), v.at("expected").at("half_real"));
  EXPECT_EQ(Json(halves.b[0]), v.at("expected").at("half_pred"));
}

}  // namespace
}  // namespace cupel::test
