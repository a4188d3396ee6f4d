#include "conditions/sha256.hpp"

#include <gtest/gtest.h>

#include "conditions/condition.hpp"

namespace cupel::test {
namespace {

std::string sha256(std::string_view text) {
  Sha256 hash;
  hash.add(text);
  return hash.hex();
}

// FIPS 180-4's examples, and lengths about a block's.
TEST(Sha256, IsThatOfTheStandard) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(55, 'a')),
            "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
  EXPECT_EQ(sha256(std::string(64, 'a')),
            "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
  Sha256 parts;
  for (int i = 0; i < 1000000; ++i) parts.add("a");
  EXPECT_EQ(parts.hex(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Conditions, HashAsTheirSortedLines) {
  const Condition a{
      .dataset = "d", .context = "c", .members = {"A", "B"}, .doses = {"1", "2"}, .batch = "3"};
  const Condition control{.dataset = "", .context = "c", .members = {}, .doses = {}, .batch = ""};
  EXPECT_EQ(condition_line(a),
            "d\tc\tA\x1f"
            "B\t1\x1f"
            "2\t3");
  EXPECT_EQ(conditions_sha256({a, control}), conditions_sha256({control, a}));
  EXPECT_EQ(conditions_sha256({a, control}), sha256("\tc\t\t\t\nd\tc\tA\x1f"
                                                    "B\t1\x1f"
                                                    "2\t3\n"));
  EXPECT_EQ(describe(a), "d c: A+B at 1+2, batch 3");
  EXPECT_EQ(describe(control), "c: control");
}

}  // namespace
}  // namespace cupel::test
