#include "vectors/vectors.hpp"
#include "support/paths.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <stdexcept>

namespace cupel::test {
namespace {

Json read(const char* name) {
  std::ifstream stream(source_path(std::string("tests/vectors/").append(name)));
  return Json::parse(stream);
}

const Json& file() {
  static const Json json = read("cell_eval_vectors.json");
  return json;
}

// By id up to an underscore.
const Json& find(const Json& json, const std::string& id) {
  for (const Json& entry : json.at("vectors")) {
    const auto name = entry.at("id").get<std::string>();
    if (name.substr(0, name.find('_')) == id) return entry;
  }
  throw std::out_of_range("no vector " + id);
}

}  // namespace

const Json& vector(const std::string& id) { return find(file(), id); }

const Json& benchmark_vector(const std::string& id) {
  static const Json json = read("benchmark_vectors.json");
  return find(json, id);
}

const Json& baseline_vector(const std::string& id) {
  static const Json json = read("baseline_vectors.json");
  return find(json, id);
}

const Json& vector_table(const std::string& name) { return file().at("tables").at(name); }

double number(const Json& value) {
  if (!value.is_string()) return value.get<double>();
  const auto text = value.get<std::string>();
  if (text == "Infinity" || text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity" || text == "-inf") return -std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  throw std::invalid_argument("not a number: " + text);
}

std::vector<double> numbers(const Json& list) {
  std::vector<double> values;
  for (const Json& value : list) values.push_back(number(value));
  return values;
}

Matrix<double> matrix(const Json& rows) {
  const auto cols = static_cast<std::int64_t>(rows.at(0).size());
  auto result = make_host_matrix<double>(static_cast<std::int64_t>(rows.size()), cols);
  double* to = result.view().data;
  for (const Json& row : rows) to = std::ranges::copy(numbers(row), to).out;
  return result;
}

void expect_near(double actual, const Json& expected, const Json& tolerance,
                 const std::string& what) {
  const double wanted = number(expected);
  if (std::isnan(wanted)) {
    EXPECT_TRUE(std::isnan(actual)) << what << " is " << actual << ", not NaN";
  } else if (tolerance == "exact" || std::isinf(wanted)) {
    EXPECT_EQ(actual, wanted) << what;
  } else {
    EXPECT_NEAR(actual, wanted, tolerance.get<double>()) << what;
  }
}

}  // namespace cupel::test
