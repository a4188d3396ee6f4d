#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

// What another program's recorded run holds, and how near a number must be to it.
namespace cupel::test {

// (perturbation, gene) -> log2 fold change, p, adjusted p.
using RecordedDe = std::map<std::pair<std::string, std::string>, std::array<double, 3>>;

// JSON has no NaN and no infinity: null is NaN, and texts say the others.
inline double recorded_number(const nlohmann::json& json) {
  if (json.is_null()) return std::nan("");
  return json.is_string() ? std::strtod(json.get<std::string>().c_str(), nullptr)
                          : json.get<double>();
}

// Relative, or for what is smaller than `least`, relative to that.
inline void expect_close(double actual, double expected, double tolerance, const std::string& where,
                         double least = 1e-3) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << where << ": " << actual;
  } else if (std::isinf(expected)) {
    EXPECT_EQ(actual, expected) << where;
  } else {
    EXPECT_NEAR(actual, expected, tolerance * std::max(least, std::abs(expected))) << where;
  }
}

}  // namespace cupel::test
