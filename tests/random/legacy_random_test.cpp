#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "random/numpy_legacy_random.hpp"
#include "random/python_random.hpp"
#include "support/paths.hpp"

namespace cupel::test {
namespace {

using Json = nlohmann::json;

// make_legacy_random.py beside this file.
Json recorded() {
  std::ifstream file(source_path("tests/random/legacy_random.json"));
  return Json::parse(file);
}

std::vector<std::int64_t> counting(std::int64_t n) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 0);
  return values;
}

TEST(NumpyLegacyRandom, DrawsWhatRandomStateDraws) {
  const Json json = recorded();
  for (const Json& stream : json.at("legacy")) {
    NumpyLegacyRandom random(stream.at("seed").get<std::uint32_t>());
    for (std::size_t i = 0; i < json.at("calls").size(); ++i) {
      const Json& call = json.at("calls").at(i);
      const auto n = call.at(1).get<std::int64_t>();
      auto values = counting(n);
      if (call.at(0) == "shuffle") {
        random.shuffle(values);
      } else {
        values = random.choice(n, call.at(2).get<std::int64_t>());
      }
      EXPECT_EQ(Json(values), stream.at("draws").at(i)) << stream.at("seed") << " " << call;
    }
  }
}

TEST(PythonRandom, DrawsWhatPythonDraws) {
  const Json json = recorded();
  for (const Json& stream : json.at("python")) {
    PythonRandom random(stream.at("seed").get<std::uint64_t>());
    for (std::size_t i = 0; i < json.at("python_calls").size(); ++i) {
      const Json& call = json.at("python_calls").at(i);
      const auto n = call.at(1).get<std::int64_t>();
      std::vector<std::int64_t> values;
      if (call.at(0) == "shuffle") {
        values = counting(n);
        random.shuffle(values);
      } else if (call.at(0) == "sample") {
        values = random.sample(n, call.at(2).get<std::int64_t>());
      } else {
        while (std::ssize(values) < call.at(2)) {
          values.push_back(random.below(static_cast<std::uint32_t>(n)));
        }
      }
      EXPECT_EQ(Json(values), stream.at("draws").at(i)) << stream.at("seed") << " " << call;
    }
  }
}

}  // namespace
}  // namespace cupel::test
