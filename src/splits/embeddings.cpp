#include "splits/embeddings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>

#include "cupel/error.hpp"

namespace cupel::splits {
namespace {

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char c : line) {
    if (c == ',' || c == '\t') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

std::optional<double> number_of(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

ContextProfiles read_embeddings(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(ErrorKind::kInput, fmt::format("{}: cannot open the embeddings", path));
  ContextProfiles profiles;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty()) continue;
    const auto fields = fields_of(line);
    std::vector<double> values;
    for (std::size_t i = 1; i < fields.size(); ++i) {
      if (const auto value = number_of(fields[i])) values.push_back(*value);
    }
    if (number == 1 && values.empty()) continue;  // a header
    const bool whole = !values.empty() && values.size() + 1 == fields.size();
    if (!whole || (!profiles.values.empty() && values.size() != profiles.values[0].size())) {
      throw Error(
          ErrorKind::kInput,
          fmt::format("{}: line {} is not 'context,value,...' of finite numbers, as many as "
                      "on the first",
                      path, number));
    }
    if (std::ranges::find(profiles.contexts, fields[0]) != profiles.contexts.end()) {
      throw Error(ErrorKind::kInput,
                  fmt::format("{}: line {} gives '{}' a second time", path, number, fields[0]));
    }
    profiles.contexts.push_back(fields[0]);
    profiles.values.push_back(std::move(values));
  }
  return profiles;
}

}  // namespace cupel::splits
