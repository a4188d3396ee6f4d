#include "cpu/key_codes.hpp"

#include <gtest/gtest.h>

namespace cupel::test {
namespace {

std::vector<std::int32_t> codes_of(const KeyCodes& codes, const std::vector<std::int64_t>& keys) {
  KeyCodes::Walk walk(codes);
  std::vector<std::int32_t> found;
  for (const auto key : keys) found.push_back(walk.code_of(key));
  return found;
}

const std::vector<WeightedKey> kControlKeys{
    {0, 50}, {10, 1000}, {20, 1}, {21, 5}, {1'000'000'007, 9}};

TEST(KeyCodes, OrderAndTieAsTheKeysDo) {
  const KeyCodes codes(kControlKeys, KeyCodes::kLimit);
  const std::vector<std::int64_t> keys{0,
                                       0,
                                       1,
                                       9,
                                       9,
                                       10,
                                       10,
                                       11,
                                       12,
                                       20,
                                       21,
                                       22,
                                       1'000'000'006,
                                       1'000'000'007,
                                       1'000'000'008,
                                       1'000'000'009};
  const auto found = codes_of(codes, keys);
  EXPECT_EQ(found[0], 0);
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (keys[i] == keys[i - 1]) {
      EXPECT_EQ(found[i], found[i - 1]) << i;
    } else {
      EXPECT_GT(found[i], found[i - 1]) << i;
    }
  }
}

TEST(KeyCodes, AreTheSameForTheControlsKeysWhateverIsBetween) {
  const KeyCodes codes(kControlKeys, KeyCodes::kLimit);
  const auto alone = codes_of(codes, {10, 20, 21, 1'000'000'007});
  const auto among = codes_of(codes, {9, 10, 11, 15, 20, 21, 500, 600, 1'000'000'007, 1LL << 60});
  EXPECT_EQ(alone, (std::vector{among[1], among[4], among[5], among[8]}));
  EXPECT_EQ(codes.find(21).code, alone[2]);
  EXPECT_TRUE(codes.find(21).equal);
  EXPECT_EQ(codes.find(11).code, alone[1]);
  EXPECT_FALSE(codes.find(11).equal);
  EXPECT_FALSE(codes.find(1LL << 60).equal);
}

TEST(KeyCodes, SayWhenThereAreNone) {
  const KeyCodes tight(kControlKeys, 0);
  EXPECT_EQ(codes_of(tight, {10, 20, 21}), (std::vector<std::int32_t>{1, 2, 3}));
  EXPECT_EQ(codes_of(tight, {15})[0], KeyCodes::kNoCode);
  EXPECT_EQ(codes_of(tight, {5})[0], KeyCodes::kNoCode);
  EXPECT_EQ(codes_of(tight, {2'000'000'000})[0], 5);  // above all others there is always room
}

TEST(KeyCodes, OfNothingStillOrderWhatComes) {
  const KeyCodes none({}, KeyCodes::kLimit);
  EXPECT_EQ(codes_of(none, {3, 3, 8}), (std::vector<std::int32_t>{1, 1, 2}));
  EXPECT_FALSE(none.find(3).equal);
}

}  // namespace
}  // namespace cupel::test
