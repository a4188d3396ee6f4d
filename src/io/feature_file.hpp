#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace cupel::io {

// Rows of numbers with names.
struct FeatureFile {
  std::vector<std::string> names;
  std::int64_t columns = 0;
  std::vector<double> values;  // names × columns
};

// A .gmt file (set, description, genes; by tabs) is read as genes × sets of 0 and 1. Any other file
// is a table by tabs or, without any in its first line, by commas: a name, then numbers; a first
// line whose second entry is no number is a header. Throws Error(kInput) that names file and line.
[[nodiscard]] FeatureFile read_feature_file(const std::string& path);

// Lines of a text file that are not empty, without line ends.
[[nodiscard]] std::vector<std::string> read_lines(const std::string& path);

}  // namespace cupel::io
