#include "splits/formats/plain_pickle.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/memory_screen.hpp"
#include "support/paths.hpp"

namespace cupel::test {
namespace {

using Json = nlohmann::json;
using splits::parse_plain_pickle;
using splits::TextLists;

// make_pickles.py beside this file.
Json recorded() {
  std::ifstream file(source_path("tests/splits/formats/pickles.json"));
  return Json::parse(file);
}

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

TEST(PlainPickle, ReadsWhatPythonWritesInEveryProtocol) {
  const Json json = recorded();
  ASSERT_EQ(json.at("lists").size(), 6U);
  for (std::size_t protocol = 0; protocol < 6; ++protocol) {
    const auto bytes = bytes_of_hex(json.at("lists").at(protocol));
    EXPECT_EQ(parse_plain_pickle(bytes, "p"), json.at("value").get<TextLists>()) << protocol;
  }
}

TEST(PlainPickle, RefusesCodeByNameAndWhatElseIsNoList) {
  const Json json = recorded();
  for (const Json& one : json.at("refused")) {
    const auto bytes = bytes_of_hex(one.at("pickle"));
    const auto says = error_of([&] { (void)parse_plain_pickle(bytes, "split.pkl"); });
    EXPECT_TRUE(says.starts_with("split.pkl: ")) << one;
    EXPECT_NE(says.find(one.at("says").get<std::string>()), std::string::npos) << one << "\n"
                                                                               << says;
    EXPECT_NE(says.find("write the split as JSON"), std::string::npos) << says;
  }
  EXPECT_EQ(error_of([] {
              (void)parse_plain_pickle(
                  "\x80\x02"
                  "cos\nsystem\n.",
                  "p");
            }),
            "p: the pickle calls os.system (opcode 0x63) at byte 2; only lists of texts are read "
            "from a pickle, write the split as JSON");
}

// Also where nothing was named before: no opcode that calls something is passed by.
TEST(PlainPickle, RefusesEveryOpcodeThatCalls) {
  for (const char opcode : std::string("cioRbPQ\x81\x82\x83\x84\x92\x93")) {
    const auto bytes = std::string("\x80\x02}](") + opcode + "a\nb\n.";
    const auto says = error_of([&] { (void)parse_plain_pickle(bytes, "p"); });
    EXPECT_NE(says.find("the pickle calls "), std::string::npos) << opcode << " " << says;
    EXPECT_NE(says.find("at byte 5"), std::string::npos) << says;
  }
}

TEST(PlainPickle, ReadsWhatItWrites) {
  const TextLists lists{
      {"train", {"A", "B+C", std::string("\x00\n", 2)}}, {"val", {}}, {"", {"µ", ""}}};
  EXPECT_EQ(parse_plain_pickle(splits::plain_pickle(lists), "p"), lists);
  EXPECT_EQ(splits::plain_pickle(TextLists{{"a", {"b"}}}),
            std::string("\x80\x02}(X\x01\0\0\0a](X\x01\0\0\0beu.", 21));
}

// {"test_subgroup": {"combo_seen0": [...]}}, as GEARS writes it with CPython's pickle.dump.
TEST(PlainPickle, ReadsAndWritesGroupsOfLists) {
  // pickle.dumps({"test_subgroup": {"combo_seen0": ["A+B"], "unseen_single": []},
  //               "val_subgroup": {}}, 4)
  const auto bytes = bytes_of_hex(
      "80049553000000000000007d94288c0d746573745f73756267726f7570947d94288c0b636f6d626f5f73"
      "65656e30945d948c03412b4294618c0d756e7365656e5f73696e676c65945d94758c0c76616c5f737562"
      "67726f7570947d94752e");
  const splits::TextGroups groups{
      {"test_subgroup", {{"combo_seen0", {"A+B"}}, {"unseen_single", {}}}}, {"val_subgroup", {}}};
  EXPECT_EQ(splits::parse_plain_pickle_groups(bytes, "p"), groups);
  EXPECT_EQ(splits::parse_plain_pickle_groups(splits::plain_pickle(groups), "p"), groups);
  const auto refusal = [](const std::string& text) {
    return error_of([&] { (void)splits::parse_plain_pickle_groups(text, "g.pkl"); });
  };
  EXPECT_NE(refusal(splits::plain_pickle(TextLists{{"a", {"b"}}})).find("is no dict of lists"),
            std::string::npos);
  EXPECT_NE(refusal("\x80\x02].").find("is no dict of dicts of lists"), std::string::npos);
  EXPECT_NE(refusal("\x80\x02}(X\x01").find("cut off"), std::string::npos);
  const std::string calls =
      "\x80\x02"
      "cos\nsystem\n.";
  EXPECT_NE(refusal(calls).find("the pickle calls os.system"), std::string::npos);
}

// Whatever bytes are cut off or changed, the reader gives lists or an Error.
TEST(PlainPickle, SurvivesDamage) {
  const Json json = recorded();
  std::uint64_t state = 1;
  int refused = 0;
  for (const Json& hex : json.at("lists")) {
    const auto whole = bytes_of_hex(hex);
    for (std::size_t n = 0; n + 1 < whole.size(); n += 3) {
      EXPECT_NE(error_of([&] { (void)parse_plain_pickle(whole.substr(0, n), "p"); }), "") << n;
    }
    for (int turn = 0; turn < 2000; ++turn) {
      auto bytes = whole;
      for (int k = 0; k < 3; ++k) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        bytes[(state >> 40) % bytes.size()] = static_cast<char>(state >> 33);
      }
      refused += error_of([&] { (void)parse_plain_pickle(bytes, "p"); }).empty() ? 0 : 1;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace cupel::test
