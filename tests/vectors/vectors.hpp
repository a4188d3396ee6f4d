#pragma once
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cupel/matrix.hpp"

// The hand-worked vectors of cell_eval_vectors.json, benchmark_vectors.json and
// baseline_vectors.json. The name of a vector's test, or of its suite, holds the vector's id (of
// the last two files with "Benchmark" or "Baseline" before it, since ids repeat between files);
// coverage_test.cpp checks that every vector has one.
namespace cupel::test {

using Json = nlohmann::json;

// The vector with this id; the test fails if there is none.
const Json& vector(const std::string& id);
const Json& vector_table(const std::string& name);
// Of benchmark_vectors.json, where "K01" names "K01_drf".
const Json& benchmark_vector(const std::string& id);
// Of baseline_vectors.json, where "B24" names "B24_interpolated_duplicate".
const Json& baseline_vector(const std::string& id);

// A number, or the texts "NaN", "Infinity", "-Infinity", "inf" and "-inf".
double number(const Json& value);
std::vector<double> numbers(const Json& list);
Matrix<double> matrix(const Json& rows);

// "exact" asks for the same bits; NaN equals NaN, an infinity itself.
void expect_near(double actual, const Json& expected, const Json& tolerance,
                 const std::string& what);

}  // namespace cupel::test
