#pragma once
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cupel/matrix.hpp"

// The hand-worked vectors of cell_eval_vectors.json. The name of a vector's test, or of its suite,
// holds the vector's id; coverage_test.cpp checks that every vector has one.
namespace cupel::test {

using Json = nlohmann::json;

// The vector with this id; the test fails if there is none.
const Json& vector(const std::string& id);
const Json& vector_table(const std::string& name);

// A number, or the texts "NaN", "Infinity" and "-Infinity".
double number(const Json& value);
std::vector<double> numbers(const Json& list);
Matrix<double> matrix(const Json& rows);

// "exact" asks for the same bits; NaN equals NaN, an infinity itself.
void expect_near(double actual, const Json& expected, const Json& tolerance,
                 const std::string& what);

}  // namespace cupel::test
