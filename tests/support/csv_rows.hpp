#pragma once
#include <string>
#include <vector>

namespace cupel::test {

// Rows of a CSV text; fields may be quoted.
std::vector<std::vector<std::string>> csv_rows(const std::string& text);

}  // namespace cupel::test
