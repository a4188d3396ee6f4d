#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace cupel::test {

// The text of a .gz file, by the gzip program.
std::string gunzip(const std::filesystem::path& path);

// Rows of a CSV text; fields may be quoted.
std::vector<std::vector<std::string>> csv_rows(const std::string& text);

}  // namespace cupel::test
