#include "io/feature_file.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "cupel/error.hpp"

namespace cupel::io {
namespace {

[[noreturn]] void refuse(const std::string& path, std::size_t line, const std::string& what) {
  throw Error(ErrorKind::kInput, fmt::format("{}: entry {}: {}", path, line, what));
}

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : line) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

std::optional<double> number(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

FeatureFile read_sets(const std::string& path, const std::vector<std::string>& lines) {
  std::map<std::string, std::set<std::int64_t>> sets_of;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto parts = split(lines[i], '\t');
    if (parts.size() < 2) refuse(path, i + 1, "a set needs a name and a description");
    for (std::size_t k = 2; k < parts.size(); ++k) {
      if (!parts[k].empty()) sets_of[parts[k]].insert(static_cast<std::int64_t>(i));
    }
  }
  FeatureFile file;
  file.columns = std::ssize(lines);
  file.values.resize(sets_of.size() * lines.size(), 0.0);
  for (const auto& [gene, sets] : sets_of) {
    for (const auto set : sets) {
      file.values[file.names.size() * lines.size() + static_cast<std::size_t>(set)] = 1.0;
    }
    file.names.push_back(gene);
  }
  return file;
}

}  // namespace

std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream stream(path);
  if (!stream) throw Error(ErrorKind::kInput, fmt::format("{}: cannot open", path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  if (stream.bad()) throw Error(ErrorKind::kInput, fmt::format("{}: cannot read", path));
  return lines;
}

FeatureFile read_feature_file(const std::string& path) {
  const auto lines = read_lines(path);
  if (lines.empty()) throw Error(ErrorKind::kInput, fmt::format("{}: holds no features", path));
  if (path.ends_with(".gmt")) return read_sets(path, lines);
  const char separator = lines.front().find('\t') != std::string::npos ? '\t' : ',';
  FeatureFile file;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto parts = split(lines[i], separator);
    if (parts.size() < 2) refuse(path, i + 1, "a name and numbers are wanted");
    if (i == 0 && !number(parts[1])) continue;  // a header
    if (file.columns == 0) file.columns = std::ssize(parts) - 1;
    if (std::ssize(parts) - 1 != file.columns) {
      refuse(path, i + 1,
             fmt::format("{} numbers, where there were {}", parts.size() - 1, file.columns));
    }
    if (!seen.insert(parts[0]).second) refuse(path, i + 1, fmt::format("'{}' again", parts[0]));
    file.names.push_back(parts[0]);
    for (std::size_t k = 1; k < parts.size(); ++k) {
      const auto value = number(parts[k]);
      if (!value) refuse(path, i + 1, fmt::format("'{}' is not a number", parts[k]));
      file.values.push_back(*value);
    }
  }
  if (file.names.empty()) {
    throw Error(ErrorKind::kInput, fmt::format("{}: holds no features", path));
  }
  return file;
}

}  // namespace cupel::io
